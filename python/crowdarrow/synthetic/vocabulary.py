"""Words, names, browsers and labels for synthetic exports. All people and places are fictitious."""

_TEXT = """
the of and to in a was he that it his for on with as had be at by from this have not but they which we
all her she there were one been their has when who will more no if out so said what up its about into
than them can only other new some could time these two may then do first any my now such like our over
man me even most made after also did many before must through years where much your way well down should
because each just those people how too little state good very make world still own see men work long get
here between both life being under never day same another know while last might us great old year off
come since against go came right used take three states himself few house use during without again place
around however home small found thought went say part once general high upon school every letter ship
vessel harbour weather wind calm easterly parish register baptised daughter husband widow farmer labourer
specimen collected near river bank meadow woodland altitude feet herbarium determined flora leaves purple
flowers galaxy spiral arm bulge faint fuzzy core merger tidal debris cluster field exposure plate
observed transit signal crane nest colony adult chick feeding roosting flying herd grazing resting moving
night infrared trigger empty Mountmelick Valparaíso São Tomé Köln Huasaí naïve café Señor Müller œuvre
façade Zürich Ørsted Łódź
"""
WORDS = tuple(_TEXT.split())
PUNCTUATION = (",", ";", ".", " —", "'s", ":", " & ", "?", "!")
GIVEN_NAMES = (
    "Anna",
    "Björn",
    "Chen",
    "Dolores",
    "Edith",
    "Farid",
    "Grace",
    "Hannah",
    "Ines",
    "José",
    "Karl",
    "Lucía",
    "Mary",
    "Nkechi",
    "Olaf",
    "Priya",
    "Quentin",
    "Ruth",
    "Søren",
    "Thomas",
)
FAMILY_NAMES = (
    "Adams",
    "Brontë",
    "Castro",
    "Dietrich",
    "Evans",
    "Fernández",
    "Grey",
    "Håkansson",
    "Ibsen",
    "Jones",
    "Kowalski",
    "Lange",
    "Moreau",
    "Nilsen",
    "O'Brien",
    "Pérez",
    "Quist",
    "Rossi",
    "Smith",
    "Tanaka",
)
LOGIN_PARTS = (
    "star",
    "fox",
    "owl",
    "sky",
    "river",
    "moss",
    "comet",
    "lynx",
    "heron",
    "pixel",
    "maple",
    "tundra",
    "quark",
    "nebula",
    "otter",
    "raven",
    "delta",
    "ember",
    "fjord",
    "onyx",
)
LANGUAGES = ("en", "en", "en", "en", "en", "en_GB", "en-US", "fr", "de", "es", "zh-TW", "zh-CN", "nl", "pt")
UTC_OFFSETS = (0, 0, 18000, 14400, 25200, 21600, 28800, -3600, -7200, -36000, -19800, 12600)
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_MOBILE = "Mobile/15E148 Safari/604.1"
_WINDOWS_10 = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
BROWSERS = (
    f"{_WINDOWS_10} {_WEBKIT} Chrome/{{v}}.0.0.0 Safari/537.36",
    f"{_WINDOWS_10} {_WEBKIT} Chrome/{{v}}.0.0.0 Safari/537.36 Edg/{{v}}.0.0.0",
    f"Mozilla/5.0 (Windows NT 6.1; WOW64) {_WEBKIT} Chrome/{{v}}.0.2785.116 Safari/537.36",
    f"{_MAC} {_WEBKIT} Chrome/{{v}}.0.4758.109 Safari/537.36",
    f"{_MAC} {_SAFARI} Version/15.{{d}} Safari/605.1.15",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {_WEBKIT} Chrome/{{v}}.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (iPad; CPU OS 15_{{d}} like Mac OS X) {_SAFARI} Version/15.{{d}} {_MOBILE}",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 16_{{d}} like Mac OS X) {_SAFARI} Version/16.{{d}} {_MOBILE}",
    f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} Chrome/{{v}}.0.0.0 Mobile Safari/537.36",
)
"""User agents, with placeholders for a version (`v`) and a digit (`d`)."""
IMAGE_SIZES = (
    (1024, 635),
    (480, 640),
    (640, 454),
    (1225, 2000),
    (889, 2000),
    (1000, 1000),
    (2048, 1536),
    (1920, 1080),
    (424, 424),
    (3264, 2448),
)
WINDOWS = (
    (1715, 1064),
    (1846, 968),
    (1440, 765),
    (1348, 966),
    (1920, 937),
    (1024, 702),
    (2560, 1334),
    (1366, 657),
    (375, 667),
    (820, 1106),
)

SPECIES = (
    ("GRFF", "Giraffe"),
    ("LPHNT", "Elephant"),
    ("ZBR", "Zebra"),
    ("LNMLFML", "Lion (male/female)"),
    ("HYNSPTTD", "Hyena, spotted"),
    ("BBN", "Baboon"),
    ("WRTHG", "Warthog"),
    ("MPL", "Impala"),
    ("BFFL", "Buffalo"),
    ("LPRD", "Leopard"),
    ("CHTH", "Cheetah"),
    ("PRCPN", "Porcupine"),
    ("HPPPTMS", "Hippopotamus"),
    ("HMN", "Human"),
    ("BRDTHR", "Bird (other)"),
    ("WLDBST", "Wildebeest"),
    ("DMRNTLP", "“Damara” antelope"),
    ("RDVRK", "Aardvark"),
    ("CVT", "Civet"),
    ("GNT", "Genet"),
    ("NTHNGHR", "Nothing here"),
    ("ELANDCOMMON", "Eland, common"),
    ("JACKALBLACKBACKED", "Jackal & relatives"),
    ("KUDUGREATER", "Kudu <greater>"),
    ("NOTHINGHERE", "Nothing here"),
)
COUNTRIES = (
    "Oceania",
    "France",
    "Côte d'Ivoire",
    "US",
    "Canada",
    "México",
    "Österreich",
    "Kenya",
    "日本",
    "New Zealand",
)
COUNTIES = ("Kent", "Cork", "Orange", "Washington", "Ventura", "Marin", "Alachua", "Larimer")
TOOL_LABELS = (
    "Jet extent tool.",
    "Nest",
    "Crater & rim",
    'Adult "Great" Egret',
    "Bubble <edge>",
    "Cloud: sugar",
    "Palm crown (*Huasaí*)",
    "Title",
    "Boat 🚤",
    "Fin",
    "Sunspot group",
    "Leaf margin",
    "Signature",
    "Artefact",
    "Star",
    "Fluke",
    "Coral, dead",
    "Coral, live",
    "Seam",
    "Track",
)
COLOURS = ("#ff0000", "#00ff00", "#0000ff", "#ff00ff", "#00ffff", "#ffff00", "#00FF7F")
