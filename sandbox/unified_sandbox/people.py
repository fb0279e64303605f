"""Made-up people, companies and texts, the same for the same seed, for the data of every stand-in.

Names come in several scripts. Addresses of mail and web are in reserved names (`.example`), phone numbers in ranges
kept for fiction, so nothing here reaches a real person.
"""

import random
from datetime import UTC, date, datetime, timedelta

import msgspec

from unified_sandbox.vocabulary import COMPANIES, FIRST, JOBS, LAST, NAMES_ELSEWHERE, PLACES, SENTENCES, Place

BASE = datetime(2026, 11, 1, tzinfo=UTC)
"""The day before which all seeded data was made."""


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """A company with everything that a CRM or an HRIS asks about one."""

    name: str
    domain: str
    industry: str
    phone: str
    street: str
    place: Place
    employees: int
    revenue: int
    """A year's, in whole units of the place's currency."""
    description: str

    @property
    def website(self) -> str:
        """The address of its pages."""
        return f"https://{self.domain}"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person; `company` is where they work."""

    first_name: str
    last_name: str
    email: str
    personal_email: str
    phone: str
    mobile: str
    job_title: str
    department: str
    street: str
    place: Place
    company: Company
    gender: str
    """`female`, `male` or `other`."""
    birth_date: date
    hired_on: date

    @property
    def full_name(self) -> str:
        """Given name, then family name."""
        return f"{self.first_name} {self.last_name}"


def companies(rng: random.Random, n: int) -> list[Company]:
    """Make n companies with n different domains."""
    return [_company(rng, number) for number in range(n)]


def _company(rng: random.Random, number: int) -> Company:
    name, slug, industry = COMPANIES[number % len(COMPANIES)]
    round_ = number // len(COMPANIES)
    place = rng.choice(PLACES)
    employees = rng.choice([3, 11, 48, 120, 640, 2100])
    return Company(
        name=f"{name} {round_ + 1}" if round_ else name,
        domain=f"{slug}{round_ + 1 if round_ else ''}.example",
        industry=industry,
        phone=phone(rng, place),
        street=f"{rng.randint(1, 180)} {place.street}",
        place=place,
        employees=employees,
        revenue=employees * rng.randint(60, 180) * 1000,
        description=sentences(rng, 1),
    )


def people(rng: random.Random, n: int, employers: list[Company] | None = None) -> list[Person]:
    """Make n people with n different mail addresses; about one in eight has a name in another script.

    They work at `employers`, or at one company made for them.
    """
    at = employers or companies(rng, 1)
    return [_person(rng, number, rng.choice(at)) for number in range(n)]


def _person(rng: random.Random, number: int, company: Company) -> Person:
    first, last, local = _name(rng, number)
    title, department = rng.choice(JOBS)
    place = rng.choice(PLACES)
    return Person(
        first_name=first,
        last_name=last,
        email=f"{local}@{company.domain}",
        personal_email=f"{local}@post.example",
        phone=phone(rng, company.place),
        mobile=phone(rng, place),
        job_title=title,
        department=department,
        street=f"{rng.randint(1, 180)} {place.street}",
        place=place,
        company=company,
        gender=rng.choices(["female", "male", "other"], [48, 48, 4])[0],
        birth_date=day(rng, 62 * 365, 20 * 365),
        hired_on=day(rng, 12 * 365, 30),
    )


def _name(rng: random.Random, number: int) -> tuple[str, str, str]:
    """Return first name, last name and the local part of a mail address, which no other number has."""
    if number % 8 == 5:
        first, last, latin = rng.choice(NAMES_ELSEWHERE)
        return first, last, f"{latin}{number}"
    first, last = rng.choice(FIRST), rng.choice(LAST)
    return first, last, f"{_ascii(first)}.{_ascii(last)}{number}"


def _ascii(name: str) -> str:
    folded = name.lower().translate(str.maketrans("äåáàâãçéèêëíïñóöôõøúüßłšžýćő", "aaaaaaceeeeiinooooouuslszyco"))
    return "".join(letter for letter in folded if letter.isascii() and letter.isalpha())


def phone(rng: random.Random, place: Place) -> str:
    """Return a number of the place's range for fiction, written in one of the ways people write them."""
    digits = "".join(str(rng.randint(0, 9)) for _ in range(place.phone_free))
    whole = place.phone + digits
    return rng.choice([whole, whole.replace(" ", ""), whole.replace(" ", "-", 2)])


def sentences(rng: random.Random, n: int = 2) -> str:
    """Return N different sentences such as people write in notes and tickets."""
    return " ".join(rng.sample(SENTENCES, n))


def instant(rng: random.Random, days: int = 365) -> datetime:
    """Return a moment of the last `days` days before BASE, to the millisecond, UTC."""
    return BASE - timedelta(milliseconds=rng.randrange(1, days * 86_400_000))


def day(rng: random.Random, oldest: int, newest: int = 0) -> date:
    """Return a day between `oldest` and `newest` days before BASE."""
    return (BASE - timedelta(days=rng.randint(newest, oldest))).date()


def iso(moment: datetime) -> str:
    """Return milliseconds and `Z`, as most providers write times: `2026-10-31T09:15:00.120Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def iso_s(moment: datetime) -> str:
    """Return whole seconds and `Z`: `2026-10-31T09:15:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
