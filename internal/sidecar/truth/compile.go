package truth

import (
	"embed"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"
)

//go:embed forms.yaml languages/*.yaml
var files embed.FS

// kind is what a form says.
type kind uint8

const (
	human kind = iota
	denial
	professional
	// asks is a question what the chatbot is, and probe one if a question mark follows.
	asks
	probe
	// reply is an answer of a few words to such a question.
	reply
	// lead can stand before a claim and goes with it, such as "yes".
	lead
	// blocker is what makes the words after it no claim, such as `if`.
	blocker
)

// kinds are the names of the kinds in the files.
var kinds = map[string]kind{
	"human": human, "denial": denial, "professional": professional, "question": asks, "probe": probe, "reply": reply, "lead": lead, "blocker": blocker,
}

// languageFile is what a file says of a language.
type languageFile struct {
	// Human and Professional are the true sentences that stand in place of false ones: one line without quotation marks and backslashes.
	Human        string `json:"human"`
	Professional string `json:"professional"`
	// Words are the phrases of each class.
	Words map[string][]string `json:"words"`
	// Forms are those that the language has besides those of forms.yaml, by the same names.
	Forms map[string][]string `json:"forms,omitempty"`
}

// Set is what the sidecar knows of all languages. It is immutable and safe for concurrent use.
type Set struct {
	languages []spoken
	// words has the number of each word, from 1 on. 0 is every other word.
	words map[string]uint32
	// children has the node that follows a node and a word (edge), and isFinal whether a phrase ends at a node.
	children map[uint64]uint32
	// parents has, by the number of a word, a bit for each node that the word may follow: the lowest six bits of the number of the node. It spares most
	// look-ups in children.
	parents []uint64
	isFinal []bool
	forms   []form
	// claims are what a claim can begin with, replies what a reply, and questions what a question.
	claims, replies, questions seeds
}

// spoken is a language of a Set.
type spoken struct {
	tag                 string
	human, professional string
	// unless has the roots of what makes a form of a kind mean something else if it follows; 0 for nothing.
	unless [blocker + 1]uint32
}

// form is a compiled form.
type form struct {
	kind     kind
	language int
	items    []item
	// atEnd means that the sentence must end after the form.
	atEnd bool
}

// item is one part of a form: the root of the phrases that may stand there.
type item struct {
	root                   uint32
	isOptional, isRepeated bool
	// isCommon means that a form does not begin with the item, because too many sentences do.
	isCommon bool
}

// seeds are the positions in forms that a first word leads to, by the number of the word, and the beginnings of all first words.
type seeds struct {
	at       [][]position
	prefixes map[string]struct{}
}

// position is how far a form has been followed: up to a node of an item.
type position struct {
	form, item uint16
	node       uint32
}

// next returns the node that follows a node and a word, if there is one.
func (s *Set) next(node, word uint32) (next uint32, found bool) {
	if s.parents[word]>>(node&63)&1 == 0 {
		return 0, false
	}
	next, found = s.children[edge(node, word)]
	return next, found
}

// edge returns the key of Set.children.
func edge(node, word uint32) uint64 { return uint64(node)<<32 | uint64(word) }

// Load returns the Set of all languages. It compiles it once.
var Load = sync.OnceValues(func() (*Set, error) {
	shared := map[string][]string{}
	if err := readFile("forms.yaml", &shared); err != nil {
		return nil, err
	}
	entries, err := files.ReadDir("languages")
	if err != nil {
		return nil, fmt.Errorf("list languages: %w", err)
	}
	c := &compiler{set: &Set{words: map[string]uint32{}, children: map[uint64]uint32{}, isFinal: []bool{false}}, shared: shared}
	for _, e := range entries {
		var of languageFile
		name := path.Join("languages", e.Name())
		if err := readFile(name, &of); err != nil {
			return nil, err
		}
		if err := c.add(strings.TrimSuffix(e.Name(), ".yaml"), of); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	c.finish()
	return c.set, nil
})

func readFile(name string, into any) error {
	data, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if err := yaml.UnmarshalStrict(data, into); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// compiler compiles the files.
type compiler struct {
	set    *Set
	shared map[string][]string
	// roots has the roots of the phrases of the language that is being compiled, by the classes in an item.
	roots map[string]uint32
}

// add compiles a language.
func (c *compiler) add(tag string, of languageFile) error {
	for _, text := range []string{of.Human, of.Professional} {
		if text == "" || strings.ContainsAny(text, "\"\\\n<>") {
			return fmt.Errorf("the sentence %q must be plain text on one line", text)
		}
	}
	for name := range of.Forms {
		if _, found := c.shared[name]; !found {
			return fmt.Errorf("forms.%s: there are no forms of this name", name)
		}
	}
	c.roots = map[string]uint32{}
	s := spoken{tag: tag, human: of.Human, professional: of.Professional}
	for name, k := range kinds {
		s.unless[k] = c.compileClass("unless"+strings.ToUpper(name[:1])+name[1:], of.Words)
	}
	c.set.languages = append(c.set.languages, s)
	for _, name := range slices.Sorted(maps.Keys(c.shared)) {
		forms := c.shared[name]
		if own, found := of.Forms[name]; found {
			forms = append(slices.Clone(own), forms...)
		}
		for _, text := range forms {
			c.addForm(kinds[name], text, of.Words)
		}
	}
	c.addForm(blocker, "blocker", of.Words)
	return nil
}

// compileClass returns the root of the phrases of the classes, whose names `|` separates; 0 if there are none.
func (c *compiler) compileClass(classes string, words map[string][]string) uint32 {
	if root, found := c.roots[classes]; found {
		return root
	}
	var phrases []string
	for name := range strings.SplitSeq(classes, "|") {
		phrases = append(phrases, words[name]...)
	}
	root := uint32(0)
	if len(phrases) > 0 {
		root = c.newNode()
	}
	for _, phrase := range phrases {
		node := root
		for _, word := range splitWords(phrase) {
			node = c.follow(node, word)
		}
		c.set.isFinal[node] = node != root
	}
	c.roots[classes] = root
	return root
}

func (c *compiler) newNode() uint32 {
	c.set.isFinal = append(c.set.isFinal, false)
	return uint32(len(c.set.isFinal) - 1)
}

// follow returns the node after a node and a word, which may be new.
func (c *compiler) follow(node uint32, word string) uint32 {
	number, found := c.set.words[word]
	if !found {
		number = uint32(len(c.set.words) + 1)
		c.set.words[word] = number
	}
	next, found := c.set.children[edge(node, number)]
	if !found {
		next = c.newNode()
		c.set.children[edge(node, number)] = next
	}
	return next
}

// splitWords returns the folded words of a phrase.
func splitWords(phrase string) (words []string) {
	known, word := table(), []byte(nil)
	end := func() {
		if len(word) > 0 {
			words = append(words, string(word))
			word = nil
		}
	}
	for _, r := range phrase {
		f := fold(known, r)
		switch f.class {
		case single:
			end()
			words = append(words, string(r))
		case letter, apostrophe, hyphen:
			word = appendForm(word, f, r)
		case ignored:
		default:
			end()
		}
	}
	end()
	return words
}

// addForm compiles a form, unless the language lacks words of a class that must stand in it.
func (c *compiler) addForm(k kind, text string, words map[string][]string) {
	text, atEnd := strings.CutSuffix(text, "$")
	f := form{kind: k, language: len(c.set.languages) - 1, atEnd: atEnd}
	for name := range strings.FieldsSeq(text) {
		classes := strings.TrimRight(name, "?*")
		i := item{isOptional: name != classes, isRepeated: strings.HasSuffix(name, "*"), isCommon: classes == "filler" || classes == "article"}
		i.root = c.compileClass(classes, words)
		switch {
		case i.root != 0:
			f.items = append(f.items, i)
		case !i.isOptional:
			return
		}
	}
	c.set.forms = append(c.set.forms, f)
}

// finish finds the first words of all forms.
func (c *compiler) finish() {
	s := c.set
	byNumber := make([]string, len(s.words)+1)
	for word, number := range s.words {
		byNumber[number] = word
	}
	s.parents = make([]uint64, len(byNumber))
	firsts := map[uint32][]uint64{} // The edges from each root.
	for key := range s.children {
		s.parents[uint32(key)] |= 1 << (key >> 32 & 63)
		firsts[uint32(key>>32)] = append(firsts[uint32(key>>32)], key)
	}
	s.claims, s.replies, s.questions = newSeeds(len(byNumber)), newSeeds(len(byNumber)), newSeeds(len(byNumber))
	for i := range s.forms {
		f := &s.forms[i]
		for at := range f.items {
			for _, key := range firsts[f.items[at].root] {
				word := uint32(key)
				if !f.skipsFirst(at) {
					s.seedsFor(f.kind).add(word, byNumber[word], position{uint16(i), uint16(at), s.children[key]})
				}
			}
			if !f.items[at].isOptional {
				break
			}
		}
	}
}

// skipsFirst reports whether no form begins with the item: it may be left out, and too many sentences begin so, or only the end of the form
// matters.
func (f *form) skipsFirst(at int) bool {
	return f.items[at].isOptional && (f.items[at].isCommon || f.kind == asks || f.kind == probe)
}

// seedsFor returns where forms of the kind begin.
func (s *Set) seedsFor(k kind) *seeds {
	switch k {
	case asks, probe:
		return &s.questions
	case reply:
		return &s.replies
	}
	return &s.claims
}

// newSeeds returns seeds for words with numbers below the count.
func newSeeds(count int) seeds {
	return seeds{at: make([][]position, count), prefixes: map[string]struct{}{}}
}

func (s *seeds) add(number uint32, word string, p position) {
	s.at[number] = append(s.at[number], p)
	for end := range word + "." {
		s.prefixes[word[:end]] = struct{}{}
	}
}
