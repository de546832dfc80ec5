"""The `metadata` of a classification, by kind of client and age of the server. Times are slots."""

from dataclasses import dataclass

from .chance import Chance
from .encode import FINISHED, SELECTED, SESSION, STARTED, Json
from .geometry import Canvas
from .vocabulary import BROWSERS, LANGUAGES, UTC_OFFSETS, WINDOWS

# When the server or a client began to write a member, in years.
_SINCE = {
    "live_project": 2015.57,
    "session": 2015.65,
    "user_group_ids": 2016.1,
    "source": 2018.7,
    "interventions": 2018.9,
    "subject_selection_state": 2019.0,
}
_REVISIONS = tuple(Chance.of("revision", number).hexadecimal(40) for number in range(12))


@dataclass(frozen=True)
class Client:
    """Who sends: `pfe`, `fem`, `mobile` or `custom`; `year` is the age of the server and client."""

    kind: str
    year: float
    anonymous: bool


def _dimensions(chance: Chance, client: Client, canvas: Canvas) -> Json:
    natural: dict[str, Json] = {"naturalWidth": canvas.width, "naturalHeight": canvas.height}

    def shown() -> dict[str, Json]:
        wide = canvas.width * chance.uniform(0.4, 0.95)
        high = wide * canvas.height / canvas.width
        if client.kind != "fem":
            return {"clientWidth": round(wide), "clientHeight": round(high)} | natural
        # Layout engines count in 64ths of a pixel.
        return {"clientWidth": int(wide * 64) / 64, "clientHeight": int(high * 64) / 64} | natural

    if client.kind == "mobile" and chance.likely(0.4):
        return shown()
    first = shown()
    return [first if frame == 0 or chance.likely(0.8) else None for frame in range(canvas.frames)]


def _selection(chance: Chance) -> dict[str, Json]:
    state: dict[str, Json] = {
        "retired": chance.likely(0.06),
        "selected_at": SELECTED,
        "already_seen": chance.likely(0.03),
        "selection_state": chance.weighted(("normal", "internal_fallback", "failover_fallback"), (95, 4, 1)),
        "finished_workflow": chance.likely(0.1),
        "user_has_finished_workflow": chance.likely(0.05),
    }
    if chance.likely(0.05):
        del state["user_has_finished_workflow"]
    return state


def _feedback(chance: Chance) -> Json:
    if not chance.likely(0.06):
        return {}
    success = chance.likely(0.7)
    rule: dict[str, Json] = {
        "id": "1",
        "answer": str(chance.randint(0, 3)),
        "strategy": "singleAnswerQuestion",
        "success": success,
        "successEnabled": True,
        "failureEnabled": True,
        "successMessage": "Well done, that's right!",
        "failureMessage": "Not quite: it is <b>fainter</b>.",
    }
    if chance.likely(0.3):
        rule |= {
            "strategy": "radial",
            "x": str(chance.randint(1, 500)),
            "y": chance.randint(1, 500),
            "tolerance": "50",
            "hideSubjectViewer": False,
        }
    return {"T0": [rule]}


def _interventions(chance: Chance) -> Json:
    if chance.likely(0.08):
        return {"opt_in": True, "messages": []}  # its earliest form
    made: dict[str, Json] = {"opt_in": chance.likely(0.9), "messageShown": chance.likely(0.02)}
    return made | {"uuid": chance.uuid()} if made["messageShown"] else made


def _agent(chance: Chance, client: Client) -> str:
    if client.kind == "mobile":
        return chance.pick(("ios Mobile App", "android Mobile App"))
    if client.kind == "custom":
        return chance.pick(("AnnoTate", "Shakespeare's World", "curl/7.43.0"))
    return chance.pick(BROWSERS).format(v=chance.randint(88, 134), d=chance.randint(0, 6))


def _server(chance: Chance, client: Client) -> dict[str, Json]:
    """What the server adds."""
    made: dict[str, Json] = {}
    if client.year >= _SINCE["live_project"]:
        made["live_project"] = chance.likely(0.95)
    if client.year >= _SINCE["user_group_ids"] and not client.anonymous:
        made["user_group_ids"] = [chance.randint(1300000, 1900000)] if chance.likely(0.07) else []
    if chance.likely(0.02):
        made["seen_before"] = "true" if chance.likely(0.3) else True
    return made


def metadata(chance: Chance, client: Client, canvas: Canvas) -> dict[str, Json]:
    """One metadata object."""
    wide, high = chance.pick(WINDOWS)
    made: dict[str, Json] = {
        "viewport": {"width": wide + 0.5, "height": high + 0.1875}
        if client.kind == "mobile"
        else {"width": wide, "height": high},
        "started_at": STARTED,
        "user_agent": _agent(chance, client),
        "utc_offset": str(chance.pick(UTC_OFFSETS)),
        "finished_at": FINISHED,
        "user_language": chance.pick(LANGUAGES),
        **_server(chance, client),
    }
    if client.year >= _SINCE["session"] and not chance.likely(0.3 if client.kind == "custom" else 0.007):
        made["session"] = SESSION
    if not chance.likely(0.01):
        made["subject_dimensions"] = [] if chance.likely(0.01) else _dimensions(chance, client, canvas)
    if client.year >= _SINCE["source"]:
        made["source"] = "api" if chance.likely(0.97) else "sugar"
    if client.year >= _SINCE["subject_selection_state"] and client.kind in {"pfe", "fem"}:
        made["subject_selection_state"] = _selection(chance)
    if client.kind == "pfe" and client.year >= _SINCE["interventions"]:
        made["interventions"] = _interventions(chance)
        if chance.likely(0.4):
            made["workflow_translation_id"] = None if chance.likely(0.1) else str(chance.randint(35000, 61000))
        if chance.likely(0.02):
            made["feedback"] = _feedback(chance)
    if client.kind == "fem":
        made |= {
            "classifier_version": "2.0",
            "revision": chance.pick(_REVISIONS),
            "feedback": _feedback(chance),
            "subject_flagged": chance.likely(0.004),
        }
    if client.kind == "custom" and chance.likely(0.5):
        made |= {"app version": "1.4.2", "#tutorial": None, "largest": 123456789012345678901234567890}
    return made
