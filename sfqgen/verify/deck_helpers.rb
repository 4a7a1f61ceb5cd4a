# ---- helpers ------------------------------------------------------------------------------------------------------

# One finding is one merged marker polygon, the same as in the Python engine.
found = lambda { |id, text, markers| markers.merged.output(id, text) }

# A layer object around a plain region.
layer_of = lambda do |region|
  layer = polygon_layer
  layer.data.insert(region)
  layer
end

# The ground that the planes cover, moats and bays under a tile (10 um) filled. Abutting cells meet on its edges.
outline = (mask["M0"] + mask["M4"] + mask["M7"]).merged.hulls.sized(5.0).sized(-5.0).merged.hulls
frame = outline.edges

around = lambda do |points, far|
  layer_of.call(RBA::Region.new(points.map { |p| RBA::Box.new(p.x - far, p.y - far, p.x + far, p.y + far) }))
end

# Narrow places, without the webs that have one side on the outline: the abutting cell brings as much again.
narrow_webs = lambda do |metal, value, metric|
  width, frame_edges = (value / dbu).round, frame.data.each.to_a
  kept = metal.width(value, metric, angle_limit(80)).data.each.reject do |pair|
    one, other = pair.first, pair.second
    web = [one.distance(other.p1).abs, one.distance(other.p2).abs].min
    !$chip && 2 * web >= width && [one, other].any? do |edge|
      (edge.dx == 0) != (edge.dy == 0) && frame_edges.any? { |line| line.contains?(edge.p1) && line.contains?(edge.p2) }
    end
  end
  layer_of.call(RBA::EdgePairs.new(kept).extents(1))
end

# Inner shapes of which any part lies outside.
sticking_out = lambda { |inner, outer| inner.interacting(inner - outer) }

enclosed_short = lambda do |inner, outer, value, metric|
  inside = inner - sticking_out.call(inner, outer)
  inside.edges.enclosed(outer.edges, value, metric, angle_limit(80)).extents(1.dbu)
end

# Holes of a plane and slits between its large pieces. A hole with a pad inside is that pad's clearing, not a moat; nor
# is what lies under a SLOT mark, the opening over a transformer, which its lines cross on purpose.
moats_of = {}
moats = lambda do |name, slit|
  moats_of[[name, slit]] ||= begin
    metal = mask[name]
    reach = ((slit / dbu).round + 1) / 2 * dbu
    large = metal.with_bbox_min(slit, nil)
    slits = (large.sized(reach).sized(-reach) - metal).sized(-5.dbu).sized(5.dbu)
    ((metal.holes + slits).merged - metal).merged.with_holes(0) - slots
  end
end

# Every drawn film by name, for the rules of drawing.
on_all = lambda do |id, text, &check|
  drawn.each { |name, layer| found.call(id, text, check.call(name, layer)) }
end

shapes_of = lambda do |name, flags|
  index = source.layout.find_layer(RBA::LayerInfo.new(*number[name]))
  if index
    iterator = RBA::RecursiveShapeIterator.new(source.layout, source.cell_obj, index)
    iterator.shape_flags = flags
    iterator
  else
    RBA::RecursiveShapeIterator.new
  end
end

# Vertices as drawn. A slanted or rounded path is held to the grid by its centre line, the rest by its hull.
off_grid = lambda do |name, value|
  step = (value / dbu).round
  areas = RBA::Region.new(shapes_of.call(name, RBA::Shapes::SPolygons | RBA::Shapes::SBoxes))
  areas.merged_semantics = false
  points = []
  iterator = shapes_of.call(name, RBA::Shapes::SPaths)
  until iterator.at_end?
    path = iterator.shape.path.transformed(iterator.trans)
    hull = path.polygon
    straight = hull.is_rectilinear? && !path.is_round?
    (straight ? hull.each_point_hull : path.each_point).each do |p|
      points << p if p.x % step != 0 || p.y % step != 0
    end
    iterator.next
  end
  layer_of.call(areas.grid_check(step, step).extents(1)) + around.call(points, 1)
end

# Convex corners sharper than the value in degrees; the inside is on the right of every contour.
sharp_corners = lambda do |layer, degrees|
  limit = Math.cos(degrees * Math::PI / 180.0)
  points = []
  layer.non_rectilinear.data.each do |polygon|
    contours = [polygon.each_point_hull.to_a]
    polygon.holes.times { |i| contours << polygon.each_point_hole(i).to_a }
    contours.each do |contour|
      contour.each_index do |i|
        a, b, c = contour[i - 2], contour[i - 1], contour[i]
        ux, uy, vx, vy = b.x - a.x, b.y - a.y, c.x - b.x, c.y - b.y
        next unless ux * vy - uy * vx < 0
        points << b if -(ux * vx + uy * vy) > limit * Math.hypot(ux, uy) * Math.hypot(vx, vy)
      end
    end
  end
  around.call(points, 1)
end

# The pieces of a film that are not connected to the largest piece of M4, through metal, vias, resistors or junctions.
ground = nil
floating = lambda do |name|
  if mask["M4"].is_empty?
    polygon_layer
  else
    ground ||= begin
      flat = RBA::Layout.new
      flat.dbu = dbu
      top = flat.create_cell("FLAT")
      index = {}
      number.each { |film, gds| index[film] = flat.layer(*gds) }
      index.each { |film, layer| top.shapes(layer).insert(mask[film].data) }
      nets = RBA::LayoutToNetlist.new(RBA::RecursiveShapeIterator.new(flat, top, []))
      layers = {}
      index.each { |film, layer| layers[film] = nets.make_layer(layer, film) }
      layers.each_value { |region| nets.connect(region) }
      touching.each { |one, other| nets.connect(layers[one], layers[other]) }
      nets.extract_netlist
      largest = lambda { |region| region.each.max_by { |p| [p.area, -p.bbox.bottom, -p.bbox.left] } }
      piece = RBA::Region.new(largest.call(mask["M4"].data)).decompose_trapezoids_to_region
      net = nets.probe_net(layers["M4"], largest.call(piece).bbox.center)
      [flat, nets, layers, net]
    end
    flat, nets, layers, net = ground
    on_net = nets.shapes_of_net(net, layers[name], true) || RBA::Region.new
    pieces = mask[name].data.each.to_a
    marks = RBA::Region.new(pieces.map { |p| q = p.each_point_hull.first; RBA::Box.new(q.x - 1, q.y - 1, q.x + 1, q.y + 1) })
    marks.merged_semantics = false
    grounded = {}
    marks.interacting(on_net).each { |m| c = m.bbox.center; grounded[[c.x, c.y]] = true }
    layer_of.call(RBA::Region.new(pieces.reject { |p| q = p.each_point_hull.first; grounded[[q.x, q.y]] }))
  end
end

# With junctions it is a circuit, in which all metal has a way to ground. In a mere part a piece with a via leads on.
circuit = !mask["J5"].is_empty?
loose = lambda do |name|
  pieces = floating.call(name)
  vias_of[name].each { |via| pieces = pieces.not_interacting(mask[via]) } unless circuit
  pieces
end

floating_plane = lambda do |name, value|
  pieces = loose.call(name)
  unless $chip
    at_outline = pieces.interacting(frame)
    pieces -= circuit ? at_outline.with_bbox_max(0, value + 1.dbu) : at_outline
  end
  pieces
end

floating_signal = lambda do |name, value|
  pieces = loose.call(name).with_bbox_max(value + 1.dbu, nil)
  with_junction = pieces.interacting(mask["J5"])
  pieces -= with_junction.not_interacting((mask["I4"] + mask["I5"] + mask["I6"] + mask["C5R"]).merged)
  [[60, 5], [182, 0]].each { |gds| pieces = pieces.not_interacting(labels(*gds)) }
  pieces = pieces.not_interacting(polygons(19, 0).merged)
  $chip ? pieces : pieces.not_interacting(frame)
end

# Judged on circuits of a tile (10 um) and more.
sparse = lambda do |layer, value|
  box = outline.bbox
  judged = circuit && [box.width, box.height].min >= 10.0
  judged && (layer & outline).area < value * outline.area ? outline : polygon_layer
end

# ---- rules --------------------------------------------------------------------------------------------------------

