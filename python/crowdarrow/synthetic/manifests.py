"""Subject metadata as researchers upload it: any names, any types, one form for each kind of project."""

from collections.abc import Callable

from .chance import Chance
from .encode import NUMBER, TOKEN, Json, verbatim

Manifest = dict[str, Json]
_MONTHS = ("Jan", "Mar", "Apr", "Jun", "Jul", "Sep", "Oct", "Dec")


def _camera(chance: Chance) -> Manifest:
    """A camera trap's web upload: every value a string, missing ones empty or null."""
    camera = f"{chance.pick('BCDEFGH')}{chance.randint(1, 13):02d}"
    made: Manifest = {
        "ESId": None,
        "year": chance.pick(("2012", "2013", "2014")),
        "month": chance.pick(_MONTHS),
        "camera": camera,
        "season": chance.pick(("Dry Jul-Sep", "Wet Jan-Mar", "DryWet Transition Apr-Jun")),
        "DateUTC": f"{chance.randint(1, 12)}/{chance.randint(1, 28)}/2013",
        "TimeUTC": f"{chance.randint(1, 12)}:{chance.randint(10, 59)}:13 PM",
        "time_period": chance.pick(("Day 0623-1709", "Night 1736-0545", "")),
        "Gorongosa_id": f"{NUMBER}_1000_{camera}_Season 1_Set 1_EK{NUMBER}",
        "distance_human": str(chance.randint(1, 9)),
        "distance_water": str(chance.randint(100, 9000) / 10),
        "vegetation_edu": chance.pick(("Mixed Savanna and Woodland", "Floodplain Grassland", "Limestone Gorge")),
    }
    if chance.likely(0.1):
        made |= {"Image  2": f"IMG_{NUMBER}.JPG", "Serial #": "HF1", "": ""}
    return made


def _galaxy(chance: Chance) -> Manifest:
    """A survey's upload with the Python client: JSON types are kept, and one key has several of them."""
    ra, dec = chance.uniform(0, 360), chance.uniform(-40, 70)
    prefix = chance.pick(("", "", "!", "#"))
    number = chance.randint(100, 600000)
    made: Manifest = {
        f"{prefix}ra": ra,
        f"{prefix}dec": dec,
        "nsa_id": verbatim(f"{number}.0") if chance.likely(0.5) else number,
        "petroth50": chance.uniform(1, 12),
        "mag.abs_r": chance.uniform(-24, -16),
        "iauname": f"J{TOKEN}",
        "file_name": f"J{TOKEN}_{NUMBER}.png",
        "redshift": None if chance.likely(0.1) else chance.uniform(0, 0.2),
        "!SDSS": f"http://skyserver.sdss.org/dr14?ra={ra:.5f}&dec={dec:.5f}",
        "#retire_at": 40,
    }
    if chance.likely(0.15):
        made |= {
            "gis_subject_id": ["a1", "b2"] if chance.likely(0.8) else "a1",
            "bounds": [ra, dec, ra + 0.01, dec + 0.01],
            "isSim": chance.likely(0.5),
        }
    if chance.likely(0.05):
        made |= {
            "#training_subject": True,
            "#feedback_1_id": 6,
            "#feedback_1_answer": "0",
            "#feedback_1_tolerance": 1e-3,
        }
    return made


def _specimen(chance: Chance) -> Manifest:
    """A herbarium sheet."""
    return {
        "id": f"{chance.uuid()[:24]}{TOKEN}",
        "Barcode": f"K00{NUMBER}",
        "Collector(s)": chance.person(),
        "Scientific name": "Allium vineale L. & al.",
        "Country (as given)": chance.pick(("España", "Côte d'Ivoire", "日本", "Perú")),
        "references": f"https://example.org/specimen/{NUMBER}?view=large&lang=es",
        "#expedition": "Notes_from_Nature_Fall <2023>",
        "//batch": "7",
        "georeferenced": chance.pick(("True", "false", "")),
        "altitude": chance.pick(("nan", "120", "1 200 ft")),
    }


def _photo(chance: Chance) -> Manifest:
    """A picture from a photo site, with one integer among the strings."""
    made: Manifest = {
        "link": f"https://www.flickr.com/photos/{chance.pick(('aigle_dore', 'k23', 'rtv'))}/{NUMBER}",
        "origin": "Flickr",
        "license": "Creative Commons - share adapt attribute",
        "image_name": f"{NUMBER}_{TOKEN}_b.jpg",
        "subject_id": chance.randint(1, 900),
        "attribution": chance.person(),
    }
    return {} if chance.likely(0.02) else made


def _playbill(chance: Chance) -> Manifest:
    """A library's page with its catalogue record in HTML."""
    ark = f"vdc_10002258{chance.randint(9000, 9999)}.0x{chance.randint(2, 400):06x}"
    theatre = chance.pick(("Olympic Theatre", "Theatre Royal, Bristol", "Astley's"))
    title = f"A collection of playbills from {theatre} 18{chance.randint(10, 60)}"
    return {
        "Date": "1815-1831",
        "Place": "[London]",
        "Title": title,
        "Creator": "Olympic Theatre (London, England) ",
        "Language": "English",
        "#priority": chance.randint(1, 99),
        "Held by": '<span><a href="https://www.bl.uk">The British Library</a></span>',
        "Publisher": "publisher not identified]",
        "Citation": (
            f"<span>Olympic Theatre (London, England) , <i>{title}</i>, ([London]: not identified], "
            f"1815-1831) &lt;http://access.bl.uk/item/viewer/ark:/81055/{ark}&gt;</span>"
        ),
        "Identifier": f"ark:/81055/{ark}",
        "#manifest": f"https://api.bl.uk/metadata/iiif/ark:/81055/{ark}/manifest.json",
        "image": f"{NUMBER}.jpg",
        "Physical Description": '1 volume <span class="dim">(42 cm)</span>; mounted & more',
        "#token": TOKEN,
    }


def _letter(chance: Chance) -> Manifest:
    """A letter of an archive."""
    return {
        "page": str(chance.randint(1, 9)),
        "#file": f"MSS_{NUMBER}_{TOKEN}.jpg",
        "Author": chance.person(),
        "Recipient": f"{chance.person()} & Co.",
        "Date written": f"18{chance.randint(10, 99)}-0{chance.randint(1, 9)}",
        "Description": chance.sentence(8, 20),
        "!collection": "Anti-Slavery Collection",
        "Archive  box": f"Ms. A.1.2.{chance.randint(1, 40)}",
        "metadata source": "https://www.digitalcommonwealth.org/search/commonwealth:dv140" + TOKEN,
    }


MANIFESTS: dict[str, Callable[[Chance], Manifest]] = {
    "camera": _camera,
    "galaxy": _galaxy,
    "specimen": _specimen,
    "photo": _photo,
    "playbill": _playbill,
    "letter": _letter,
}
EXTENSIONS = {
    "camera": "jpeg",
    "galaxy": "png",
    "specimen": "jpeg",
    "photo": "jpeg",
    "playbill": "jpeg",
    "letter": "jpeg",
}
