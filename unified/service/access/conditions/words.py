"""Conditions on records in words, for people: pages, the command line and refusals. Names of fields are those of the API."""

from collections.abc import Iterator

from unified.models import MODELS, Model
from unified.service.access.conditions.connected_user import ME, ConnectedUser
from unified.service.access.conditions.periods import WORDS
from unified.service.access.conditions.reading import Hop, Records, RelativeTime, Test, conditions_on
from unified.service.languages import DEFAULT, Language, texts
from unified.transform.queries.filter_names import field_of
from unified.transform.queries.filters import TIME_KINDS
from unified.transform.queries.query import Filter


def records_in_words(records: Records, language: Language = DEFAULT) -> dict[str, tuple[str, ...]]:
    """Return one text for each condition of a scope, by model: `close date is within this period: this month`."""
    return {
        name: (
            *(words_of_test(one, MODELS[name], language) for one in read.tests),
            *(_words_of_hop(one, language) for one in read.hops),
        )
        for name, read in conditions_on(records).items()
    }


def words_of_test(test: Test, model: Model, language: Language = DEFAULT) -> str:
    """Return one condition in words."""
    words, subject = texts(language), test.field.replace("_", " ")
    if isinstance(test, RelativeTime):
        form = "condition.within" if test.operator == "eq" else f"condition.time.{test.operator}"
        return words[form].format(field=subject, value=_words_of_period(test.word, language))
    if isinstance(test, ConnectedUser):
        values = ", ".join(words["condition.me"] if one == ME else one for one in test.values)
        return words[f"condition.{test.operator}"].format(field=subject, value=values)
    field = next((one for one in model.fields if one.name == field_of(test.field, model)), None)
    form = f"condition.time.{test.operator}" if field is not None and field.kind in TIME_KINDS else ""
    return words.get(form, words[f"condition.{test.operator}"]).format(field=subject, value=", ".join(_values(test)))


def _words_of_period(word: str, language: Language) -> str:
    if word in WORDS:
        return texts(language)[f"condition.{word}"]
    days = int(word.removesuffix("d"))
    return texts(language)["condition.day.ago" if days < 0 else "condition.day.ahead"].format(count=abs(days))


def _values(test: Filter) -> Iterator[str]:
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    return (str(one) for one in values)


def _words_of_hop(hop: Hop, language: Language) -> str:
    related = MODELS[hop.relation.model]
    inner = ", ".join(words_of_test(one, related, language) for one in hop.tests)
    return texts(language)["condition.related"].format(name=hop.relation.name.replace("_", " "), conditions=inner)
