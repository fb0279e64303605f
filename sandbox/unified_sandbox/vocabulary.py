"""The words that made-up people, companies and texts are put together from."""

import msgspec


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A city with what an address there looks like; `phone` is the start of a range kept for fiction."""

    city: str
    region: str
    postal_code: str
    country: str
    country_code: str
    currency: str
    street: str
    phone: str
    phone_free: int
    """How many digits complete a number."""
    timezone: str


def _place(line: str) -> Place:
    names = (
        "city", "region", "postal_code", "country", "country_code", "currency", "street", "phone", "timezone",
    )  # fmt: skip
    values = dict(zip(names, line.split("|"), strict=True))
    start, _, free = values.pop("phone").partition("*")
    return Place(phone=start, phone_free=int(free), **values)


PLACES = tuple(
    map(
        _place,
        (
            "Chicago|Illinois|60605|United States|US|USD|Wabash Avenue|+1 312 555 01*2|America/Chicago",
            "Austin|Texas|78701|United States|US|USD|Congress Avenue|+1 512 555 01*2|America/Chicago",
            "Toronto|Ontario|M5V 2T6|Canada|CA|CAD|King Street West|+1 416 555 01*2|America/Toronto",
            "London|England|N1 9GU|United Kingdom|GB|GBP|Caledonian Road|+44 20 7946 0*3|Europe/London",
            "Leeds|England|LS1 4AP|United Kingdom|GB|GBP|Wellington Street|+44 113 496 0*3|Europe/London",
            "Berlin|Berlin|10967|Germany|DE|EUR|Gräfestraße|+49 30 23125 *3|Europe/Berlin",
            "München|Bayern|80331|Germany|DE|EUR|Sendlinger Straße|+49 89 99998 *3|Europe/Berlin",
            "Lyon|Auvergne-Rhône-Alpes|69002|France|FR|EUR|Rue Mercière|+33 1 99 00 *4|Europe/Paris",
            "Stockholm|Stockholms län|111 29|Sweden|SE|SEK|Österlånggatan|+46 8 465 004 *2|Europe/Stockholm",
            "Sydney|New South Wales|2010|Australia|AU|AUD|Crown Street|+61 2 5550 *4|Australia/Sydney",
        ),
    )
)

_FIRST_NAMES = (
    "Ada Agnes Amara Anton Beatriz Bjarne Carlos Chloé Clara Daniel Dario Eleni Elif Emeka Esther Fatou "
    "Felix Freya Grace Greta Hana Hugo Ines Ivo Jana Joaquín João Kaito Karin Lars Leila Lena Luís Maja "
    "Marco Marta Mikkel Nadia Niamh Noor Olga Oskar Paula Petra Priya Rafael Rosa Sanne Seán Sofía Søren "
    "Tariq Theo Ulla Vera Viktor Wanda Yara Zoë Zuzana"
)
FIRST = tuple(_FIRST_NAMES.split())

_LAST_NAMES = (
    "Abioye Ahlgren Almeida Andersen Banerjee Bauer Berg Brandt Bruun Cabral Castillo Chandra Costa Dahl "
    "Darzi Diallo Drăgan Eriksen Faraday Ferreira Fischer Gallo García Grünwald Haddad Halloran Hartmann "
    "Hoang Holm Ibarra Jansen Jovanović Kaur Keller Kovač Lindqvist Lovelace Łukaszewicz Mbeki Meyer "
    "Moreau Müller Nakagawa Ndiaye Novák Núñez O'Brien Okafor Olsen Ortiz Papadaki Peralta Quint Rahman "
    "Richter Rossi Sato Schäfer Silva Sørensen Szabó Tanaka Tremblay Vogel Weiss Yılmaz Zimmermann"
)
LAST = tuple(_LAST_NAMES.split())

NAMES_ELSEWHERE = (
    ("美咲", "佐藤", "misaki.sato"),
    ("健太", "鈴木", "kenta.suzuki"),
    ("伟", "王", "wei.wang"),
    ("秀英", "李", "xiuying.li"),
    ("민준", "김", "minjun.kim"),
    ("서연", "박", "seoyeon.park"),
    ("Анна", "Ковальчук", "anna.kovalchuk"),
    ("Дмитро", "Шевченко", "dmytro.shevchenko"),
    ("Елена", "Петрова", "elena.petrova"),
    ("Ελένη", "Παπαδοπούλου", "eleni.papadopoulou"),
    ("فاطمة", "الحسن", "fatima.alhasan"),
    ("يوسف", "منصور", "yousef.mansour"),
    ("נועה", "כהן", "noa.cohen"),
    ("प्रिया", "शर्मा", "priya.sharma"),
    ("ณัฐ", "สุขใจ", "nat.sukjai"),
    ("ნინო", "ბერიძე", "nino.beridze"),
)

COMPANIES = (
    ("Alder & Finch", "alderfinch", "Furniture"),
    ("Blauwater Logistics", "blauwater", "Logistics"),
    ("Brightside Bakery", "brightsidebakery", "Food"),
    ("Cedar Row Partners", "cedarrow", "Finance"),
    ("Compás Energía", "compasenergia", "Energy"),
    ("Dovetail Robotics", "dovetailrobotics", "Machinery"),
    ("Ember Lane Studio", "emberlane", "Design"),
    ("Fjordlys AS", "fjordlys", "Energy"),
    ("Granite Peak Outdoor", "granitepeak", "Sporting Goods"),
    ("Harbour Mill Textiles", "harbourmill", "Textiles"),
    ("Isen Tools", "isentools", "Machinery"),
    ("Juniper Health", "juniperhealth", "Health Care"),
    ("Kestrel Aviation", "kestrelaviation", "Aviation"),
    ("Lantern Learning", "lanternlearning", "Education"),
    ("Maple Yard Supply", "mapleyard", "Retail"),
    ("Northwind Orchards", "northwindorchards", "Farming"),
    ("Oakline Insurance", "oakline", "Insurance"),
    ("Pebble Creek Media", "pebblecreek", "Media"),
    ("Quill & Co", "quillco", "Publishing"),
    ("Rübenfeld GmbH", "ruebenfeld", "Farming"),
    ("Saltmarsh Foods", "saltmarsh", "Food"),
    ("Tidepool Software", "tidepool", "Computer Software"),
    ("Umbra Optics", "umbraoptics", "Medical Devices"),
    ("Vesterhav Shipping", "vesterhav", "Maritime"),
    ("Willow Court Hotels", "willowcourt", "Hospitality"),
    ("桜井製作所", "sakurai-works", "Machinery"),
    ("Янтар Студія", "yantar-studio", "Design"),
    ("نور للاستشارات", "noor-consulting", "Consulting"),
)

JOBS = (
    ("Account Executive", "Sales"),
    ("Accountant", "Finance"),
    ("Chief Executive Officer", "Management"),
    ("Customer Success Manager", "Customer Success"),
    ("Data Analyst", "Data"),
    ("Designer", "Product"),
    ("Head of Operations", "Operations"),
    ("Office Manager", "Operations"),
    ("Product Manager", "Product"),
    ("Purchasing Manager", "Operations"),
    ("Recruiter", "People"),
    ("Software Engineer", "Engineering"),
    ("Staff Engineer", "Engineering"),
    ("Support Specialist", "Support"),
    ("Technician", "Engineering"),
)

SENTENCES = (
    "Asked for a quote over forty seats.",
    "The delivery came two days late and one box was wet.",
    "Wants to hear back before the end of the month.",
    "Sign-in works on the phone, not on the laptop.",
    "They compare us with a tool they built themselves.",
    "Please send the invoice to the new address.",
    "The export stops after the first thousand rows.",
    "Budget is agreed, the contract is with their lawyers.",
    "Met at the fair in Köln; remembers the blue booth.",
    "The colours in the report do not match the legend.",
    "Call again on Tuesday after nine.",
    "Prefers e-mail to the phone.",
    "Changing the time zone moved every meeting by an hour.",
    "Can the yearly plan start in January?",
    'Says "the second page is empty" & sent a picture.',
    "Renewal is due in spring.",
)
