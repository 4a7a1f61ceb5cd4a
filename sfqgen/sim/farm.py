"""Judge many samples of one circuit: in threads of this process, or on a dask cluster; same digits either way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import Circuit
from sfqgen.sim.criteria import Criterion, junctions_of, monitor_of
from sfqgen.sim.result import PulseTable, Result
from sfqgen.sim.transient import Engine

PART = 256
"""Samples in one task of a cluster."""

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Bench:
    """A circuit with how it is run and when it is right: what margins, yield, noise and optimisers work on.

    `stop_ps` and `step_ps` as in `Engine.run`. `criterion`: callable Result -> (S,) bool, or `PulseCounts`.
    """

    circuit: Circuit
    stop_ps: float
    criterion: Criterion
    step_ps: float = 0.1
    temperature_k: float = 0.0
    seed: int = 0
    threads: int | None = None
    scheduler: str | None = None
    _kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def engine(self) -> Engine:
        if "engine" not in self._kept:
            self._kept["engine"] = Engine(self.circuit, watch=junctions_of(self.criterion))
        return self._kept["engine"]

    def run(self, samples: int, values: Mapping[str, np.ndarray] | None = None, *, first_sample: int = 0,
            early: bool = False, progress: Progress | None = None) -> Result:  # fmt: skip
        """One result of all samples. `early`: samples may end when they are lost (their later pulses are missing)."""
        if self.scheduler:
            return _on_cluster(self, samples, values or {}, first_sample, early, progress)
        return self.engine().run(
            stop_ps=self.stop_ps, step_ps=self.step_ps, values=values, samples=samples, seed=self.seed,
            temperature_k=self.temperature_k, first_sample=first_sample, threads=self.threads, estimate_error=False,
            progress=progress, monitor=monitor_of(self.criterion) if early else None,
        )  # fmt: skip

    def right(self, samples: int, values: Mapping[str, np.ndarray] | None = None, *, first_sample: int = 0,
              progress: Progress | None = None) -> np.ndarray:  # fmt: skip
        """(samples,) bool: the criterion's verdict; a lost sample costs only the time until it is lost."""
        result = self.run(samples, values, first_sample=first_sample, early=True, progress=progress)
        verdict = np.asarray(self.criterion(result))
        if verdict.shape != (samples,) or verdict.dtype != bool:
            raise SfqgenError(f"the criterion returned {verdict.dtype} of shape {verdict.shape}",
                              allowed=f"bool of shape ({samples},)")  # fmt: skip
        return verdict & ~result.stopped

    def check_nominal(self) -> None:
        """SfqgenError when the nominal circuit itself is wrong: then no margin has a meaning."""
        if not self.right(1)[0]:
            raise SfqgenError("the nominal circuit does not meet the criterion", where=f"circuit {self.circuit.name}",
                              remedy="simulate it and compare the pulses with the criterion")  # fmt: skip


def _on_cluster(bench: Bench, samples: int, values: Mapping[str, np.ndarray], first_sample: int, early: bool,
                progress: Progress | None) -> Result:  # fmt: skip
    """Parts of the samples as tasks; results are put together in order, so the cluster's size changes nothing."""
    try:
        from dask.distributed import Client, get_client
    except ImportError as error:
        raise SfqgenError("dask is not installed", where="scheduler", remedy='pip install "sfqgen[dask]"') from error
    local = replace(bench, scheduler=None, threads=1, _kept={})
    starts = range(0, samples, PART)
    client, own = _client(bench.scheduler, Client, get_client)
    try:
        sent = client.scatter(local, broadcast=True, hash=False)
        tasks = [client.submit(_part, sent, min(PART, samples - a), {k: v[a : a + PART] for k, v in values.items()},
                               first_sample + a, early, pure=False) for a in starts]  # fmt: skip
        results = []
        for task in tasks:
            results.append(task.result())
            if progress:
                progress(len(results) / len(tasks))
    finally:
        if own:
            client.close()
    table = PulseTable.joined([r.pulses for r in results])
    return replace(results[0], pulses=table, samples=samples, stopped=np.concatenate([r.stopped for r in results]))


def _client(address: str, client_class, get_client):
    """The client of this process if it talks to that scheduler, else a new one."""
    try:
        client = get_client()
        if client.scheduler.address == address:
            return client, False
    except ValueError:
        pass
    try:
        return client_class(address, timeout="10s"), True
    except (OSError, TimeoutError, ValueError) as error:
        raise SfqgenError(f"no dask scheduler answers at {address}", where="scheduler",
                          remedy="start one with `dask scheduler`, or leave --scheduler out") from error  # fmt: skip


def _part(bench: Bench, samples: int, values: Mapping[str, np.ndarray], first_sample: int, early: bool) -> Result:
    return bench.run(samples, values, first_sample=first_sample, early=early)
