# METADATA
# title: Words
# description: What laws require in words, where a finding is about more than the value of one dimension.
package lib.words

# window between two merged numbers of days, with the codes that set them: `at least 31 days (aa); at most 30 days
# (bb)`.
window(minimum, maximum) := sprintf("at least %d days (%s); at most %d days (%s)", [
	minimum.value, _codes(minimum.setting),
	maximum.value, _codes(maximum.setting),
])

# kept_longer are transcripts that must be kept longer than people wait for their erasure, by merged numbers of days.
kept_longer(keep, answer) := sprintf(
	"transcripts kept for %d days, though people can ask for erasure within %d",
	[keep.value, answer.value],
)

_codes(points) := concat(", ", {point.code | some point in points})

# countries by code: `aa: DE, FR; bb: IN`.
countries(by_code) := concat("; ", [text |
	some code, names in by_code
	text := sprintf("%s: %s", [code, upper(concat(", ", names))])
])
