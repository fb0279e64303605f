"""Words of people, in several languages, to the words of the common models: names of absences, contracts and genders.

A pattern is one word or several; `*` at an end means any letters. Case and accents do not matter. The first row with a
pattern that the text contains wins, so special rows come before general ones: a `Krankheitsurlaub` is not a vacation.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from unified.transform.functions.registry import function
from unified.transform.functions.values import missing, object_of, text_of
from unified_jsonata import UNDEFINED

Rows = tuple[tuple[str, tuple[str, ...]], ...]
MAX_TABLES = 256
"""Tables of literal patterns that are kept compiled; a catalog has a few."""
MAX_CHARACTERS = 200
"""How much of a text is looked at: it is the name of something."""

_ABSENCE_WORDS = """
public_holiday: public holiday | bank holiday | statutory holiday | feiertag* | jour ferie | jours feries | festivo* |
    festivita | feriado* | feestdag*
sick: sick* | ill | illness | medical | doctor* | krank* | arbeitsunfahig* | maladie | arret de travail | enfermedad |
    baja medica | incapacidad | malattia | doenca | baixa medica | ziek*
parental: parental* | parent | maternity | paternity | adoption* | elternzeit | elternurlaub | mutterschutz |
    mutterschaft* | vaterschaft* | maternite | paternite | maternidad | paternidad | maternita | paternita | congedo
    parentale | maternidade | paternidade | ouderschap* | zwangerschap* | geboorteverlof
bereavement: bereavement* | compassionate | funeral* | trauer* | todesfall | sterbefall | deces | deuil |
    fallecimiento | duelo | lutto | luto | rouw* | overlijden
jury_duty: jury | jury duty | court | schoffe* | jure d assises | jurado
volunteer: volunteer* | ehrenamt* | benevolat | voluntariado | volontariato | vrijwilliger*
study: study | studies | training | education* | exam* | learning | bildung* | fortbildung* | weiterbildung* |
    prufung* | formation | examen* | estudio* | formacion | formazione | studio | studie* | opleiding*
comp_time: comp time | comp | compensatory | toil | time off in lieu | time in lieu | lieu | flex time | uberstunden*
    | freizeitausgleich | zeitausgleich | gleittag* | rtt | recuperation | compensacion | recupero | compensacao |
    tijd voor tijd
unpaid: unpaid* | without pay | unbezahlt* | sans solde | sin sueldo | sin goce | non retribuito | nao remunerada |
    onbetaald* | sabbatical*
personal: personal | private | privat* | sonderurlaub | moving | umzug | asuntos propios | raisons personnelles |
    motivi personali | persoonlijk*
vacation: vacation* | holiday* | annual | annual leave | paid time off | pto | time off | *urlaub | urlaub* | ferien |
    conge* | vacance* | vacaciones | ferie | ferias | vakantie* | verlof
"""
_EMPLOYMENT_WORDS = """
intern: intern | interns | internship | trainee | praktik* | stage | stagiaire* | becari* | practicas | tirocin* |
    estagi* | werkstudent* | working student
apprentice: apprentice* | apprenticeship | auszubildende* | azubi | ausbildung | lehrling* | apprenti* | alternance |
    aprendiz | apprendista* | leerling*
volunteer: volunteer* | ehrenamt* | benevole* | voluntari* | volontari* | vrijwilliger*
freelance: freelance* | freelancer | frei mitarbeit* | freiberuf* | independant | autonomo | zzp*
contractor: contractor* | contract worker | consultant* | external | extern* | prestataire | contratista*
seasonal: seasonal* | saison* | saisonnier* | temporada | stagionale | sazonal | seizoen*
temporary: temporary | temp | fixed term | befristet* | aushilfe* | leiharbeit* | zeitarbeit* | cdd | interim* |
    temporal | eventual | tempo determinato | temporari* | tijdelijk* | uitzend*
part_time: part time | parttime | teilzeit* | minijob* | geringfugig* | temps partiel | tiempo parcial | media jornada
    | tempo parziale | tempo parcial | deeltijd*
full_time: full time | fulltime | regular | permanent | vollzeit* | festanstellung | unbefristet* | temps plein | cdi
    | tiempo completo | jornada completa | tempo pieno | tempo integral | voltijd*
"""
_GENDER_WORDS = """
not_disclosed: not disclosed | undisclosed | prefer not | decline* | not specified | unknown | keine angabe | k a |
    non precise | no especificado | prefiero no | non dichiarato | nao informado | niet opgegeven
non_binary: non binary | nonbinary | nb | x | enby | genderqueer | divers | non binaire | no binario | no binaria |
    non binario | nao binario | non binair
female: female | f | woman | women | weiblich | frau | w | femme | feminin | feminine | mujer | femenino | donna |
    femmina | femminile | mulher | feminino | vrouw*
male: male | m | man | men | mannlich | mann | homme | masculin | masculine | hombre | masculino | uomo | maschio |
    maschile | homem | mannelijk
"""


def _read(words: str) -> dict[str, tuple[str, ...]]:
    """Return the rows of a table: `word: pattern | pattern`, with further lines indented."""
    lines = words.strip().replace("\n    ", " ").splitlines()
    rows = (line.partition(": ") for line in lines)
    return {word: tuple(patterns.split(" | ")) for word, _, patterns in rows}


ABSENCES, EMPLOYMENTS, GENDERS = _read(_ABSENCE_WORDS), _read(_EMPLOYMENT_WORDS), _read(_GENDER_WORDS)


@function("$classify('Kranktag', {'sick': ['sick*', 'krank*'], 'vacation': 'urlaub'}, 'other')", "sick", only_read=(1,))
def classify(text: Any, table: Any, default: Any = UNDEFINED) -> Any:
    """Return the word of the first row with a pattern that the text contains, or `default` (or null) if there is none.

    A row is a pattern or a list of patterns: words, with `*` at an end for any letters; case and accents do not matter.
    """
    if missing(text) or text == "":
        return None if text == "" else text
    name = text_of("classify", text)
    return _found("classify", name, _rows(object_of("classify", table, "an object of patterns as table")), default)


@function("$absenceType('Jahresurlaub')", "vacation")
def absence_type(text: Any) -> Any:
    """Return the common type of an absence by the name that a company gave it, in seven languages; `other` if none fits."""
    return _found("absenceType", text, _ABSENCES, "other")


@function("$employmentType('Temps partiel')", "part_time")
def employment_type(text: Any) -> Any:
    """Return the common type of employment by its name in one of seven languages; `other` if none fits."""
    return _found("employmentType", text, _EMPLOYMENTS, "other")


@function("$gender('weiblich')", "female")
def gender(text: Any) -> Any:
    """Return the common word for a gender by its name or letter in one of seven languages; `other` if none fits."""
    return _found("gender", text, _GENDERS, "other")


def _rows(table: Mapping[str, Any]) -> Rows:
    return tuple((word, (given,) if isinstance(given, str) else tuple(given or ())) for word, given in table.items())


_ABSENCES, _EMPLOYMENTS, _GENDERS = _rows(ABSENCES), _rows(EMPLOYMENTS), _rows(GENDERS)


def _found(name: str, text: Any, rows: Rows, default: Any) -> Any:
    if missing(text) or text == "":
        return None if text == "" else text
    folded = fold(text_of(name, text))
    for word, pattern in _compiled(rows):
        if pattern.search(folded) is not None:
            return word
    return None if default is UNDEFINED else default


@lru_cache(maxsize=MAX_TABLES)  # of tables in mapping files
def _compiled(rows: Rows) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((word, re.compile("|".join(map(_pattern, patterns)))) for word, patterns in rows if patterns)


def _pattern(words: str) -> str:
    if not isinstance(words, str) or not fold(words).strip():
        raise ValueError("$classify: expected words as patterns")
    return f"(?<= ){' '.join(_word(one) for one in words.split())}(?= )"


def _word(pattern: str) -> str:
    before, after = (r"\S*" if end else "" for end in (pattern.startswith("*"), pattern.endswith("*")))
    return before + re.escape(fold(pattern).strip()) + after


def fold(text: str) -> str:
    """Return the words of a text in lower case and without accents, with a space around each; of long texts, the beginning."""
    plain = unicodedata.normalize("NFKD", text[:MAX_CHARACTERS].casefold())
    letters = (one if one.isalnum() else "" if unicodedata.combining(one) else " " for one in plain)
    return f" {' '.join(''.join(letters).split())} "
