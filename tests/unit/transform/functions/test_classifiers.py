"""Names that companies give to absences, contracts and genders, in the languages that people use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unified.models import MODELS
from unified.transform.functions.classifiers import (
    ABSENCES,
    EMPLOYMENTS,
    GENDERS,
    absence_type,
    classify,
    employment_type,
    fold,
    gender,
)
from unified_jsonata import UNDEFINED

NAMES = {
    "vacation": "Vacation|Annual leave|PTO|Holiday|Jahresurlaub|Urlaub 2026|Congés payés|Vacaciones|Ferie|Férias|Verlof|Vakantiedagen",
    "sick": "Sick leave|Krankheitsurlaub|Krank|Arrêt maladie|Congé maladie|Baja por enfermedad|Malattia|Ziekteverlof|Doctor's visit",
    "parental": "Parental leave|Maternity Leave|Elternzeit|Mutterschaftsurlaub|Congé maternité|Congé de paternité|Permiso de maternidad",
    "bereavement": "Bereavement|Compassionate leave|Trauerfall|Décès d'un proche|Fallecimiento de familiar|Lutto|Rouwverlof",
    "public_holiday": "Public holiday|Bank Holiday (UK)|Feiertage|Jour férié|Día festivo|Feestdag",
    "comp_time": "TOIL|Time off in lieu|Überstundenabbau|Freizeitausgleich|RTT|Comp time",
    "study": "Study leave|Bildungsurlaub|Exams|Congé de formation|Formación",
    "unpaid": "Unpaid leave|Unbezahlter Urlaub|Congé sans solde|Permiso sin sueldo|Onbetaald verlof",
    "volunteer": "Volunteering day|Ehrenamt|Vrijwilligersdag",
    "jury_duty": "Jury duty|Schöffe",
    "personal": "Personal day|Sonderurlaub|Umzug",
    "other": "Remote work|東京|§§§",
}
EMPLOYED = {
    "full_time": "Full-time|FULL TIME|Vollzeit|Temps plein|CDI|Tiempo completo|Permanent",
    "part_time": "Part-time|Teilzeit 50%|Temps partiel|Tiempo parcial|Deeltijd|Minijob",
    "contractor": "Contractor|Independent contractor|Externer Berater",
    "intern": "Intern|Praktikant|Stagiaire|Werkstudent",
    "apprentice": "Apprentice|Auszubildender|Azubi",
    "temporary": "Temporary|Befristet|CDD|Aushilfe",
    "seasonal": "Seasonal|Saisonkraft|Saisonnier",
    "freelance": "Freelancer|Freiberuflich",
    "volunteer": "Volunteer|Bénévole",
    "other": "Board member",
}
GENDER = {
    "female": "Female|F|weiblich|Femme|Mujer|Donna|w",
    "male": "Male|m|männlich|Homme|Hombre|Uomo|man",
    "non_binary": "Non-binary|divers|x|Non binaire|no binario",
    "not_disclosed": "Prefer not to say|keine Angabe|Not specified|Declined to answer",
    "other": "Agender",
}
CASES = [
    pytest.param(call, name, word, id=f"{call.__name__}-{name}")
    for call, table in ((absence_type, NAMES), (employment_type, EMPLOYED), (gender, GENDER))
    for word, names in table.items()
    for name in names.split("|")
]


@pytest.mark.parametrize(("call", "name", "word"), CASES)
def test_a_name_means_a_word_of_the_model(call, name: str, word: str) -> None:
    assert call(name) == word
    assert call(f"  {name.upper()} (2026)") == word


TABLES = [
    (ABSENCES, "hris.time_off_requests", "request_type"),
    (EMPLOYMENTS, "hris.employees", "employment_type"),
    (GENDERS, "hris.employees", "gender"),
]


@pytest.mark.parametrize(("table", "model", "field"), TABLES)
def test_tables_have_words_of_the_model_and_folded_patterns(table, model: str, field: str) -> None:
    words = next(one.enum for one in MODELS[model].fields if one.name == field)
    assert set(table) <= set(words)
    for pattern in (one for patterns in table.values() for one in patterns):
        assert fold(pattern.replace("*", "")).strip() == pattern.replace("*", ""), f"{pattern} is never found as it is written"


@given(st.text(max_size=400))
def test_any_text_has_an_answer(text: str) -> None:
    assert absence_type(text) in {*ABSENCES, "other", None}


def test_a_table_of_the_file_is_looked_at_in_its_order() -> None:
    table = {"b": ["krank*", "*tag"], "a": "krank"}
    assert [classify(one, table, "z") for one in ("Krank", "Feiertag", "nichts", "", None)] == ["b", "b", "z", None, None]
    assert classify(UNDEFINED, table) is UNDEFINED
    with pytest.raises(ValueError, match="expected words as patterns"):
        classify("x", {"a": "*"})
