# METADATA
# title: Sources
# description: What a finding says about the source of a legal point, and whether the point binds.
package lib.source

of_point(document, raw) := {
	"code": document.code,
	"act": document.acts[raw.act].title,
	"article": raw.article,
	"from": object.get(raw, "from", ""),
	"status": _status(document.acts[raw.act], raw.confidence),
	"confidence": raw.confidence,
	"note": object.get(raw, "note", ""),
	"url": object.get(raw, "url", object.get(document.acts[raw.act], "url", "")),
	"readAt": _read_at(document.acts[raw.act], raw),
}

# Where the value was read, if that is not the official address. A recalled value was not read in its act.
_read_at(act, raw) := object.get(raw, "readAt", object.get(act, "readAt", "")) if raw.confidence != "recalled"

_read_at(_, raw) := object.get(raw, "readAt", "") if raw.confidence == "recalled"

# The force of the act; a value of the organization is not law.
_status(_, "organisation") := ""

_status(act, confidence) := act.status if confidence != "organisation"

# binding is whether a point can deny. Guidance and proposals never do, a default (a number of ours) in retention only.
default binding(_, _, _) := true

binding(_, status, _) := false if status in {"guidance", "proposed"}

binding(topic, _, "default") := false if topic != "retention"
