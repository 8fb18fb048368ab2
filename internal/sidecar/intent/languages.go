package intent

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"sigs.k8s.io/yaml"
)

//go:embed languages/*.yaml
var files embed.FS

const folder = "languages"

// file is the file of a language.
type file struct {
	// Words has the choices that patterns name in angle brackets.
	Words map[string][]string `json:"words"`
	// Asks has the patterns of each kind by its name. Those in Alone must be the whole message.
	Asks  map[string][]string `json:"asks"`
	Alone map[string][]string `json:"alone"`
	// Not, Reported, Story, Polite and Harmless are those of speech.
	Not      []string `json:"not"`
	Reported []string `json:"reported"`
	Story    []string `json:"story"`
	Polite   []string `json:"polite"`
	Harmless []string `json:"harmless"`
}

// compile returns the rules of a language.
func compile(tag string, text []byte) ([]*rule, error) {
	var f file
	if err := yaml.UnmarshalStrict(text, &f); err != nil {
		return nil, err
	}
	classes := map[string]*choiceSet{}
	s := &speech{tag: tag}
	var err error
	for name, words := range f.Words {
		if classes[name], err = newChoiceSet(words); err != nil {
			return nil, err
		}
	}
	for into, words := range map[**choiceSet][]string{&s.not: f.Not, &s.reported: f.Reported, &s.story: f.Story, &s.polite: f.Polite} {
		if *into, err = newChoiceSet(words); err != nil {
			return nil, err
		}
	}
	for _, pattern := range f.Harmless {
		elements, err := parsePattern(pattern, classes)
		if err != nil {
			return nil, err
		}
		s.harmless = append(s.harmless, elements)
	}
	asked, err := compileRules(s, f.Asks, classes, false)
	if err != nil {
		return nil, err
	}
	alone, err := compileRules(s, f.Alone, classes, true)
	return append(asked, alone...), err
}

// compileRules returns a rule for each pattern.
func compileRules(s *speech, patterns map[string][]string, classes map[string]*choiceSet, isAlone bool) ([]*rule, error) {
	var rules []*rule
	for _, name := range slices.Sorted(maps.Keys(patterns)) {
		list := patterns[name]
		kind := slices.Index(names[:], name)
		if kind <= 0 {
			return nil, fmt.Errorf("%q is no kind", name)
		}
		for _, pattern := range list {
			elements, err := parsePattern(pattern, classes)
			if err != nil {
				return nil, err
			}
			rules = append(rules, &rule{speech: s, kind: Kind(kind), elements: elements, isAlone: isAlone, denies: s.hasNot(elements)})
		}
	}
	return rules, nil
}

// hasNot reports whether words of the elements are a negation.
func (s *speech) hasNot(elements []element) bool {
	return slices.ContainsFunc(elements, func(e element) bool {
		return slices.ContainsFunc(e.sets, func(set *choiceSet) bool {
			return slices.ContainsFunc(set.all, func(c choice) bool {
				words := split(strings.Join(c.words, " "))
				return s.isBefore(s.not, words, len(words))
			})
		})
	})
}

// Languages returns the languages in which people are understood, as BCP 47 tags, sorted.
func Languages() ([]string, error) {
	entries, err := files.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("list languages: %w", err)
	}
	tags := make([]string, 0, len(entries))
	for _, entry := range entries {
		tags = append(tags, strings.TrimSuffix(entry.Name(), ".yaml"))
	}
	return tags, nil
}

// Understands reports whether people who write in the language, a BCP 47 tag, are understood.
func Understands(tag string) bool {
	_, found := readFile(base(tag))
	return found
}

// readFile returns the file of a language without place and script.
func readFile(tag string) (text []byte, found bool) {
	text, err := files.ReadFile(folder + "/" + tag + ".yaml")
	return text, err == nil
}

// base returns the language of a tag without place and script.
func base(tag string) string {
	found, _ := language.Make(tag).Base()
	if text := found.String(); text != "no" {
		return text
	}
	return "nb"
}

// NewReader returns a Reader for the languages with the tags (BCP 47). It leaves out languages that are not known.
func NewReader(tags []string) (*Reader, error) {
	r := &Reader{byWord: map[string][]*rule{}}
	seen := map[string]bool{}
	for _, tag := range tags {
		tag = base(tag)
		text, found := readFile(tag)
		if !found || seen[tag] {
			continue
		}
		seen[tag] = true
		rules, err := compile(tag, text)
		if err != nil {
			return nil, fmt.Errorf("words of %s: %w", tag, err)
		}
		for _, rule := range rules {
			r.add(rule)
		}
	}
	return r, nil
}
