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

// levelNone is the level of disclosure at which the law requires nothing.
const levelNone = "none"

// fallbackLanguage is the language of the statement if neither the audience nor the law names a language with a statement.
const fallbackLanguage = "en"

var errNoStatement = errors.New("spec.disclosure.statements is empty and no built-in statement fits")

// renderDisclosure returns the disclosure: all that the declaration states and all that the law requires. It returns nil if neither asks
// for a disclosure. Some levels of the law require a disclosure only to people who ask, or who cannot know that they talk to an AI. The
// sidecar cannot tell, so it discloses to everyone at every level except `none`.
func renderDisclosure(spec *v1alpha1.ChatbotDeploymentSpec, required obligation.Disclose, builtIn Statements) (*sidecarconfig.Disclose, error) {
	declared := spec.Disclosure
	marks := selectMarks(required.Marking.Value)
	isRequired := (required.Level.Required && required.Level.Value != levelNone) || len(marks) > 0
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
		Placements:      renderPlacements(declared.Placements, required.At.Value, marks),
		Statements:      statements,
		DefaultLanguage: language,
		RepeatHours:     takeSmaller(required.RepeatHours.Value, declared.RepeatHours),
		Marking:         marks,
	}, nil
}

// selectMarks returns the required ways to mark content that the sidecar supports, sorted.
func selectMarks(required []string) []string {
	var marks []string
	for _, mark := range sidecarconfig.Markings() {
		if slices.Contains(required, mark) {
			marks = append(marks, mark)
		}
	}
	return marks
}

// renderPlacements returns the declared placements at which the sidecar does something (not `media`), and the one that the law requires,
// sorted and without duplicates. requiredAt is the value
// of the dimension transparency.disclosureAt. Some values, such as `anytime`, and "" name no placement, and renderPlacements ignores them. If
// there is no placement at all, it returns the first answer and the header. People do not see headers: if the law requires a visible mark
// and the header is the only placement, renderPlacements adds the first answer.
func renderPlacements(declared []v1alpha1.Placement, requiredAt string, requiredMarks []string) []string {
	var placements []string
	for _, placement := range append(slices.Clone(declared), v1alpha1.Placement(requiredAt)) {
		if slices.Contains(sidecarconfig.Placements(), string(placement)) {
			placements = append(placements, string(placement))
		}
	}
	slices.Sort(placements)
	placements = slices.Compact(placements)
	firstAnswerAndHeader := []string{sidecarconfig.PlaceFirstMessage, sidecarconfig.PlaceHeader}
	if len(placements) == 0 {
		return firstAnswerAndHeader
	}
	isInvisible := slices.Equal(placements, []string{sidecarconfig.PlaceHeader})
	if isInvisible && slices.Contains(requiredMarks, sidecarconfig.MarkVisible) {
		return firstAnswerAndHeader
	}
	return placements
}

// renderStatements returns the statements by BCP 47 tag, and the tag of the default statement. The statements are the declared ones. The
// audience and the law can each name languages: for such a language without a declared statement, the built-in one is added. If there is no
// statement then, all built-in ones are added, so that each person reads their own language, and is understood in it. The default
// statement is in the first language with a statement, in this order: those of the audience, those of the law, English, others by tag.
func renderStatements(spec *v1alpha1.ChatbotDeploymentSpec, declared *v1alpha1.Disclosure, requiredLanguages []string, builtIn Statements) (texts Statements, defaultTag string) {
	texts = make(Statements, len(declared.Statements))
	for tag, text := range declared.Statements {
		texts[tag] = toOneLine(string(text))
	}
	var languages []string
	for _, audience := range listAudiences(spec) {
		for _, language := range audience.Languages {
			languages = append(languages, string(language))
		}
	}
	languages = append(languages, requiredLanguages...)
	for _, language := range languages {
		addBuiltIn(texts, language, builtIn)
	}
	if len(texts) == 0 {
		for language := range builtIn {
			addBuiltIn(texts, language, builtIn)
		}
	}
	return texts, chooseTag(texts, append(languages, fallbackLanguage))
}

// listAudiences returns the declared audiences: that of the whole declaration, and then those of places.
func listAudiences(spec *v1alpha1.ChatbotDeploymentSpec) []*v1alpha1.Audience {
	declared := []*v1alpha1.Audience{spec.Audience}
	for _, place := range spec.PerPlace {
		declared = append(declared, place.Audience)
	}
	return slices.DeleteFunc(declared, func(a *v1alpha1.Audience) bool { return a == nil })
}

// addBuiltIn adds the built-in statement for the language to texts. It adds nothing if texts already has a statement for the language, or
// if there is no built-in one.
func addBuiltIn(texts Statements, language string, builtIn Statements) {
	if _, found := matchLanguage(texts, language); found {
		return
	}
	if tag, found := matchLanguage(builtIn, language); found {
		texts[tag] = toOneLine(builtIn[tag])
	}
}

// chooseTag returns the tag of a text in the first language for which there is a text. If there is none, it returns the first tag in
// sorted order, or "" if there are no texts.
func chooseTag(texts Statements, languages []string) string {
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

// matchLanguage returns the tag of the text for a language: that of the language itself, or that of its primary language, such as `de`
// for `de-AT` (RFC 4647 lookup, one step).
func matchLanguage(texts Statements, language string) (tag string, found bool) {
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

func sortTags(texts Statements) []string { return slices.Sorted(maps.Keys(texts)) }

// toOneLine replaces white space and line breaks by single spaces, so that the text fits a header and a chat message, and removes control
// characters.
func toOneLine(text string) string {
	printable := func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}
	return strings.Join(strings.Fields(strings.Map(printable, text)), " ")
}
