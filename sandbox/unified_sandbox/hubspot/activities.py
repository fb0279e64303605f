"""Notes, tasks, calls, meetings and e-mails of the account's first data."""

import random
from collections.abc import Callable
from datetime import timedelta

import msgspec

from unified_sandbox.people import BASE, instant, iso, people, sentences
from unified_sandbox.standin import Record


def _note(rng: random.Random) -> Record:
    text = sentences(rng)
    return {"hs_note_body": f"<div><p>{text}</p></div>", "hs_body_preview": text}


def _task(rng: random.Random) -> Record:
    status = rng.choice(["NOT_STARTED", "IN_PROGRESS", "WAITING", "DEFERRED", "COMPLETED"])
    return {
        "hs_task_subject": sentences(rng, 1),
        "hs_task_body": f"<p>{sentences(rng)}</p>",
        "hs_task_status": status,
        "hs_task_priority": rng.choice(["NONE", "LOW", "MEDIUM", "HIGH"]),
        "hs_task_type": rng.choice(["TODO", "CALL", "EMAIL"]),
    }


def _call(rng: random.Random) -> Record:
    one = people(rng, 1)[0]
    return {
        "hs_call_title": f"Call with {one.first_name}",
        "hs_call_body": sentences(rng),
        "hs_call_direction": rng.choice(["INBOUND", "OUTBOUND"]),
        "hs_call_duration": rng.choice([None, 0, 62_000, 1_805_500]),
        "hs_call_status": rng.choice(["COMPLETED", "NO_ANSWER", "BUSY"]),
        "hs_call_to_number": one.phone,
    }


def _meeting(rng: random.Random) -> Record:
    start = instant(rng, 90, BASE + timedelta(days=60)).replace(minute=30, second=0, microsecond=0)
    return {
        "hs_meeting_title": rng.choice(["Kick-off", "Review", "Demonstration", "ご挨拶"]),
        "hs_meeting_body": f"<p>{sentences(rng)}</p>",
        "hs_meeting_start_time": iso(start),
        "hs_meeting_end_time": iso(start + timedelta(minutes=rng.choice([15, 45, 90]))),
        "hs_meeting_outcome": rng.choice(["SCHEDULED", "COMPLETED", "CANCELED", None]),
        "hs_meeting_location": rng.choice(["Room 4", "https://meet.example/abc", None]),
    }


def _email(rng: random.Random) -> Record:
    one, other = people(rng, 2)
    direction = rng.choice(["EMAIL", "INCOMING_EMAIL"])
    ends = {
        "from": {"email": one.email, "firstName": one.first_name, "lastName": one.last_name},
        "to": [{"email": other.email, "firstName": other.first_name, "lastName": other.last_name}],
        "cc": [],
        "bcc": [],
    }
    text = sentences(rng)
    return {
        "hs_email_subject": rng.choice(["Your offer", "Re: Your offer", "Rückfrage", "Fwd: Termin"]),
        "hs_email_text": text,
        "hs_email_html": f"<p>{text}</p>",
        "hs_email_direction": direction,
        "hs_email_status": "SENT" if direction == "EMAIL" else None,
        "hs_email_headers": msgspec.json.encode(ends).decode(),
        "hs_email_from_email": one.email,
        "hs_email_to_email": other.email,
    }


ACTIVITY: dict[str, Callable[[random.Random], Record]] = {
    "notes": _note,
    "tasks": _task,
    "calls": _call,
    "meetings": _meeting,
    "emails": _email,
}
