# METADATA
# title: Sources
# description: What a finding says about the source of a legal point, and whether the point binds.
package lib.source

import data.prepared

of_point(document, raw) := {
	"code": document.code,
	"act": act.title,
	"article": raw.article,
	"from": object.get(raw, "from", ""),
	"status": _status(act, raw.confidence),
	"force": force(act, raw.confidence),
	"obliges": _obliges(act, raw),
	"confidence": raw.confidence,
	"value": raw.value,
	"note": object.get(raw, "note", ""),
	"url": object.get(raw, "url", object.get(act, "url", "")),
	"readAt": _read_at(act, raw),
} if {
	act := document.acts[raw.act]
}

# Where the value was read, if that is not the official address. A recalled value was not read in its act.
_read_at(act, raw) := object.get(raw, "readAt", object.get(act, "readAt", "")) if raw.confidence != "recalled"

_read_at(_, raw) := object.get(raw, "readAt", "") if raw.confidence == "recalled"

# The status of the act; a value of the organization is not law.
_status(_, "organisation") := ""

_status(act, confidence) := act.status if confidence != "organisation"

# force of a value: statute, regulation, court, guidance, scheme, voluntary or default; empty for what the organization
# requires.
force(_, "organisation") := ""

# The law has a duty here and no number, so its force is not that of the number.
force(_, "default") := "default"

force(act, confidence) := object.get(act, "force", object.get(_forces, act.status, "statute")) if {
	not confidence in {"organisation", "default"}
}

_forces := {"case": "court", "guidance": "guidance"}

# binding is whether a point can deny: it obliges, and it was read in a source or is required by the organization.
default binding(_, _) := false

binding(act, raw) if {
	_obliges(act, raw)
	raw.confidence in {"sourced", "organisation"}
}

# Guidance, voluntary rules and numbers of ours oblige nobody; neither does a draft, or an act without a first day.
default _obliges(_, _) := true

_obliges(act, raw) := false if force(act, raw.confidence) in {"guidance", "voluntary", "default"}

_obliges(act, raw) := false if _status(act, raw.confidence) in {"guidance", "proposed"}

_obliges(act, raw) := false if {
	_status(act, raw.confidence) == "adopted"
	not raw.from
}

# forces of all points, by the id of each, for documentation.
forces := {point._id: point.source.force | some _, points in prepared.of_dimension; some point in points}
