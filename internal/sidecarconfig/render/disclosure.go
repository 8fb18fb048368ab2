package render

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// undisclosed is the level of `transparency.disclosure` that asks for nothing.
const undisclosed = "none"

// fallbackLanguage is the built-in statement for declarations that name no language.
const fallbackLanguage = "en"

var errNoStatement = errors.New("spec.disclosure.statements is empty and no built-in statement fits")

// disclosure joins what is declared with what is required, and never gives less than either. The sidecar cannot see whether
// being a machine is obvious, nor whether somebody asked, so every level but `none` is given to everybody.
func disclosure(spec *v1alpha1.ChatbotDeploymentSpec, required requirements, builtIn map[string]string) (*sidecarconfig.Disclose, error) {
	declared := spec.Disclosure
	level, marking := required.level("transparency.disclosure"), markings(required.words("transparency.marking"))
	asked := (level != "" && level != undisclosed) || len(marking) > 0
	if declared == nil && !asked {
		return nil, nil
	}
	if declared == nil {
		declared = &v1alpha1.Disclosure{}
	}
	statements, language := statements(spec, declared, required.words("transparency.languages"), builtIn)
	if len(statements) == 0 {
		return nil, errNoStatement
	}
	repeat := required.number("transparency.repeatHours")
	if declared.RepeatHours != nil {
		repeat = smaller(repeat, int(*declared.RepeatHours))
	}
	return &sidecarconfig.Disclose{
		Placements:      placements(declared.Placements, required.level("transparency.disclosureAt"), marking),
		Statements:      statements,
		DefaultLanguage: language,
		RepeatHours:     repeat,
		Marking:         marking,
	}, nil
}

// markings are those of the required ways to mark that the sidecar knows, sorted.
func markings(required []string) []string {
	var known []string
	for _, marking := range sidecarconfig.Markings() {
		if slices.Contains(required, marking) {
			known = append(known, marking)
		}
	}
	return known
}

// placements is the union of both; when neither names a place, the first answer and the header. A header is seen by nobody: where
// the law asks for a visible mark, the first answer carries it too.
func placements(declared []v1alpha1.Placement, required string, marking []string) []string {
	var places []string
	for _, placement := range declared {
		places = append(places, string(placement))
	}
	if slices.Contains(sidecarconfig.Placements(), required) {
		places = append(places, required)
	}
	if len(places) == 0 {
		places = []string{sidecarconfig.PlaceFirstMessage, sidecarconfig.PlaceHeader}
	}
	slices.Sort(places)
	places = slices.Compact(places)
	if slices.Contains(marking, sidecarconfig.MarkVisible) && slices.Equal(places, []string{sidecarconfig.PlaceHeader}) {
		places = []string{sidecarconfig.PlaceFirstMessage, sidecarconfig.PlaceHeader}
	}
	return places
}

// statements returns the declared texts, and the built-in text for each language of the audience and of the law that has
// none. The default language is the first of the audience's that has a text, then the law's, then English, then any.
func statements(spec *v1alpha1.ChatbotDeploymentSpec, declared *v1alpha1.Disclosure, required []string, builtIn map[string]string) (map[string]string, string) {
	texts := make(map[string]string, len(declared.Statements))
	for tag, text := range declared.Statements {
		texts[tag] = oneLine(string(text))
	}
	var wanted []string
	if spec.Audience != nil {
		for _, language := range spec.Audience.Languages {
			wanted = append(wanted, string(language))
		}
	}
	wanted = append(wanted, required...)
	for _, language := range wanted {
		addBuiltIn(texts, language, builtIn)
	}
	if len(texts) == 0 {
		addBuiltIn(texts, fallbackLanguage, builtIn)
	}
	return texts, defaultLanguage(texts, append(wanted, fallbackLanguage))
}

func addBuiltIn(texts map[string]string, language string, builtIn map[string]string) {
	if _, found := match(texts, language); found {
		return
	}
	if tag, found := match(builtIn, language); found {
		texts[tag] = oneLine(builtIn[tag])
	}
}

func defaultLanguage(texts map[string]string, wanted []string) string {
	for _, language := range wanted {
		if tag, found := match(texts, language); found {
			return tag
		}
	}
	return first(texts)
}

// match finds the text for a language: of the same tag, or of the same primary language (RFC 4647 lookup, one step).
func match(texts map[string]string, language string) (string, bool) {
	for _, wanted := range []string{language, primary(language)} {
		for _, tag := range sorted(texts) {
			if strings.EqualFold(tag, wanted) {
				return tag, true
			}
		}
	}
	return "", false
}

func primary(language string) string {
	language, _, _ = strings.Cut(language, "-")
	return language
}

func first(texts map[string]string) string {
	tags := sorted(texts)
	if len(tags) == 0 {
		return ""
	}
	return tags[0]
}

func sorted(texts map[string]string) []string {
	tags := make([]string, 0, len(texts))
	for tag := range texts {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return tags
}

// oneLine makes a text of several lines fit for a header and a chat message, and takes control characters out.
func oneLine(text string) string {
	printable := func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}
	return strings.Join(strings.Fields(strings.Map(printable, text)), " ")
}
