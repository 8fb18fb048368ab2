package render

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// undisclosed is the level of disclosure that requires nothing.
const undisclosed = "none"

// fallbackLanguage is the language of the built-in statement for declarations that name no language.
const fallbackLanguage = "en"

var errNoStatement = errors.New("spec.disclosure.statements is empty and no built-in statement fits")

// renderDisclosure returns a disclosure that gives at least what the declaration states and at least what the law requires. It returns nil
// if neither asks for a disclosure. The sidecar cannot see whether a person knows that they talk to an AI, or whether they asked, so it
// discloses to everyone at every level except `none`.
func renderDisclosure(spec *v1alpha1.ChatbotDeploymentSpec, required obligation.Disclose, builtIn map[string]string) (*sidecarconfig.Disclose, error) {
	declared := spec.Disclosure
	marking := selectMarkings(required.Marking.Value)
	isRequired := (required.Level.Required && required.Level.Value != undisclosed) || len(marking) > 0
	if declared == nil && !isRequired {
		return nil, nil
	}
	if declared == nil {
		declared = &v1alpha1.Disclosure{}
	}
	statements, language := renderStatements(spec, declared, required.Languages.Value, builtIn)
	if len(statements) == 0 {
		return nil, errNoStatement
	}
	return &sidecarconfig.Disclose{
		Placements:      renderPlacements(declared.Placements, required.At.Value, marking),
		Statements:      statements,
		DefaultLanguage: language,
		RepeatHours:     takeSmaller(required.RepeatHours.Value, declared.RepeatHours),
		Marking:         marking,
	}, nil
}

// selectMarkings returns the required ways to mark content that the sidecar supports, sorted.
func selectMarkings(required []string) []string {
	var markings []string
	for _, marking := range sidecarconfig.Markings() {
		if slices.Contains(required, marking) {
			markings = append(markings, marking)
		}
	}
	return markings
}

// renderPlacements returns the declared placements and the required one, sorted. It ignores a required word that is not a placement. If no
// placement is left, it returns the first answer and the header. People do not see headers, so if the law requires a visible mark and
// the header is the only placement, renderPlacements adds the first answer.
func renderPlacements(declared []v1alpha1.Placement, required string, marking []string) []string {
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

// renderStatements returns the declared texts, and adds the built-in text for each language of the audience or of the law that has no
// declared text. The default language is the first one with a text: it tries the languages of the audience, those of the law, English,
// then any other.
func renderStatements(spec *v1alpha1.ChatbotDeploymentSpec, declared *v1alpha1.Disclosure, required []string, builtIn map[string]string) (texts map[string]string, language string) {
	texts = make(map[string]string, len(declared.Statements))
	for tag, text := range declared.Statements {
		texts[tag] = toOneLine(string(text))
	}
	var languages []string
	if spec.Audience != nil {
		for _, language := range spec.Audience.Languages {
			languages = append(languages, string(language))
		}
	}
	languages = append(languages, required...)
	for _, language := range languages {
		addBuiltIn(texts, language, builtIn)
	}
	if len(texts) == 0 {
		addBuiltIn(texts, fallbackLanguage, builtIn)
	}
	return texts, chooseLanguage(texts, append(languages, fallbackLanguage))
}

func addBuiltIn(texts map[string]string, language string, builtIn map[string]string) {
	if _, found := matchLanguage(texts, language); found {
		return
	}
	if tag, found := matchLanguage(builtIn, language); found {
		texts[tag] = toOneLine(builtIn[tag])
	}
}

// chooseLanguage returns the tag of the text for the first language that has a text. If no language has one, it returns the first tag in
// sorted order, or "" if there are no texts.
func chooseLanguage(texts map[string]string, languages []string) string {
	for _, language := range languages {
		if tag, found := matchLanguage(texts, language); found {
			return tag
		}
	}
	if tags := sortTags(texts); len(tags) > 0 {
		return tags[0]
	}
	return ""
}

// matchLanguage returns the tag of the text for a language: the same tag, or the same primary language (RFC 4647 lookup, one step).
func matchLanguage(texts map[string]string, language string) (tag string, found bool) {
	primary, _, _ := strings.Cut(language, "-")
	for _, candidate := range []string{language, primary} {
		for _, tag := range sortTags(texts) {
			if strings.EqualFold(tag, candidate) {
				return tag, true
			}
		}
	}
	return "", false
}

func sortTags(texts map[string]string) []string { return slices.Sorted(maps.Keys(texts)) }

// toOneLine joins the lines of a text, so that it fits a header and a chat message, and removes control characters.
func toOneLine(text string) string {
	printable := func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}
	return strings.Join(strings.Fields(strings.Map(printable, text)), " ")
}
