"""Strategies for `annotations` cells with known members and arbitrary values."""

from hypothesis import strategies as st

SCALARS = [
    *("null", "true", "false", "0", "1", "2", "-1", "3.0", "3.5", "1e3", "-0", "1.0e-05"),
    *("2147483647", "2147483648", "-2147483649", "9007199254740993", "9223372036854775808", "1e999"),
    *('""', '"a"', '"T0"', '"3"', '"point"', r'"A \u0026 B"', r'"\ud83d\ude00"', '"2.0"'),
    *('"+2"', '"-1.5e3"', '".5"', '"5."', '"1e2"', '" 1"', '"1e999"', '"NA"', '"0x1"', '"2147483648"', r'"\u0031"'),
    *(r'"\ud83d"', r'"\udc00 x"', '"dropdown"', '"dropdown-simple"'),
]
KEYS = [
    *("x", "y", "x1", "y1", "x2", "y2", "width", "height", "r", "rx", "ry", "angle", "x_center", "y_center"),
    *("radius", "spread", "rotation", "displayTime", "points", "pathX", "pathY", "closed", "text", "start", "end"),
    *("tool", "toolIndex", "tool_index", "toolType", "tool_label", "frame", "details", "labelInformation"),
    *("choice", "answers", "filters", "select_label", "option", "value", "label", "selection", "option_index"),
    *("task", "cx", "extra", "0", r"\u0078", "", "features", "geometry", "properties", "type", "lon"),
]
TOOLS = [
    *("point", "line", "transcriptionLine", "circle", "triangle", "ellipse", "rectangle", "rotateRectangle"),
    *("polygon", "bezier", "freehandLine", "column", "fullWidthLine", "fullHeightLine", "fan", "graph2dRangeX"),
    *("temporalPoint", "temporalRotateRectangle", "anchoredEllipse", "pointGrid", "other", ""),
]
TASKS = ["T0", "T1", "T0.0.0", "T0.1.2", "T1.0.0", "T0.cell.6.subtask.0", "T0.0", ".0.0", "a.b.0.1", "survey", ""]

scalars = st.sampled_from(SCALARS)
numbers = st.one_of(
    st.floats(-1e6, 1e6).map(repr),
    st.integers(-10, 3000).map(str),
    st.sampled_from(["null", '"1"', "1e3", '"+1.5"', '"1."', '"-2e1"']),
)


def array(values: st.SearchStrategy[str], most: int = 4) -> st.SearchStrategy[str]:
    """A JSON array of these texts."""
    return st.lists(values, max_size=most).map(lambda items: "[" + ", ".join(items) + "]")


def an_object(keys: st.SearchStrategy[str], values: st.SearchStrategy[str], most: int = 6) -> st.SearchStrategy[str]:
    """A JSON object of these members; keys may repeat."""
    members = st.tuples(keys, values).map(lambda member: f'"{member[0]}" : {member[1]}')
    return st.lists(members, max_size=most).map(lambda found: "{" + ",".join(found) + "}")


def of_members(**values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """An object with some of these members."""
    return st.fixed_dictionaries({}, optional=values).map(
        lambda found: "{" + ",".join(f'"{key}":{value}' for key, value in found.items()) + "}"
    )


def quoted(texts: list[str]) -> st.SearchStrategy[str]:
    """JSON strings."""
    return st.sampled_from([f'"{text}"' for text in texts])


points = array(st.one_of(of_members(x=numbers, y=numbers), of_members(x=numbers, y=numbers, z=numbers), scalars))
dropdowns = of_members(
    select_label=scalars, option=scalars, value=scalars, label=scalars, option_index=scalars, selection=scalars
)
values_inside = st.one_of(scalars, array(st.one_of(scalars, dropdowns)), dropdowns)
details = array(st.one_of(of_members(value=values_inside), of_members(task=quoted(TASKS)), scalars))
geometry = dict.fromkeys(KEYS[:18], numbers)
marks = of_members(
    **geometry,
    points=points,
    pathX=array(numbers),
    pathY=array(numbers),
    toolType=quoted(TOOLS),
    tool=scalars,
    toolIndex=scalars,
    frame=scalars,
    tool_label=scalars,
    details=details,
    text=scalars,
)
identifications = of_members(
    choice=scalars, filters=scalars, answers=an_object(quoted(["A", "B"]).map(lambda key: key[1:-1]), values_inside)
)
anything = st.recursive(
    scalars, lambda inside: st.one_of(array(inside), an_object(st.sampled_from(KEYS), inside)), max_leaves=12
)
pairs = st.builds("[{},{}]".format, numbers, numbers)
positions = st.one_of(pairs, array(numbers, 3), array(st.one_of(pairs, array(numbers, 3)), 3), scalars)
geometries = st.one_of(
    st.builds(
        '{{"type":"{}","coordinates":{}}}'.format,
        st.sampled_from(["Point", "LineString", "Point", "Polygon"]),
        positions,
    ),
    of_members(type=scalars, coordinates=positions),
    scalars,
)
own_members = of_members(
    type=quoted(["Feature", "Point"]),
    properties=st.one_of(of_members(uncertainty_radius=scalars, other=scalars), scalars),
    toolType=quoted(TOOLS),
    toolIndex=scalars,
    frame=scalars,
    details=details,
    **dict.fromkeys(("x", "y", "radius", "width", "angle"), numbers),
    points=points,
    tool_label=scalars,
)
features = st.builds(
    lambda geometry, own: f'{{"geometry":{geometry},{own[1:]}'.replace(",}", "}"), geometries, own_members
)
collections = st.builds(
    lambda found, own: f'{{"features":{found},{own[1:]}'.replace(",}", "}"),
    st.one_of(array(st.one_of(features, features, scalars)), scalars),
    of_members(type=quoted(["FeatureCollection"]), option=scalars, choice=scalars),
)
things = st.one_of(collections, marks, identifications, dropdowns, anything)
values = st.one_of(things, array(things))


DROPDOWN_TYPES = quoted(["dropdown", "dropdown-simple", "drop", "single"])


def items(of: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Annotations with these values."""
    return of_members(
        task=st.one_of(quoted(TASKS), scalars),
        task_label=scalars,
        taskType=st.one_of(scalars, DROPDOWN_TYPES),
        task_type=st.one_of(scalars, DROPDOWN_TYPES),
        markIndex=st.one_of(st.sampled_from(["0", "1", "1.0"]), scalars),
        cellIndex=scalars,
        value=of,
        _key=scalars,
    )


combos = items(array(st.one_of(items(values), items(array(items(values))), scalars)))
annotations = array(st.one_of(items(values), combos, items(values), anything), most=6)
