package redact

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"sigs.k8s.io/yaml"
)

//go:embed cuewords.yaml
var cueWordsFile []byte

// cueLanguage is the language whose cues count everywhere.
const cueLanguage = "en"

// cueFile is what cuewords.yaml has.
type cueFile struct {
	// Cues are by the name of the kind, and in it by language (ISO 639-1).
	Cues  map[string]map[string][]string `json:"cues"`
	Keep  []string                       `json:"keep"`
	Links []string                       `json:"links"`
}

// readCueWords reads cuewords.yaml once.
var readCueWords = sync.OnceValues(func() (*cueFile, error) {
	file := new(cueFile)
	if err := yaml.UnmarshalStrict(cueWordsFile, file); err != nil {
		return nil, fmt.Errorf("read cuewords.yaml: %w", err)
	}
	for name := range file.Cues {
		if _, err := findKind(name); err != nil {
			return nil, fmt.Errorf("read cuewords.yaml: %w", err)
		}
	}
	return file, nil
})

// cueWords are the words that announce personal data of the selected kinds in the selected languages. They are read from the start of a word
// on, character by character, so reading costs no more than the longest cue.
type cueWords struct {
	cues, links wordTree
	// starts tells for a byte of a folded text whether a cue can begin with it.
	starts [256]bool
}

// newCueWords returns the cues of the enabled kinds in the languages; those of all languages if there are none. nil means that no enabled kind
// has any.
func newCueWords(enabled *[kindCount]bool, tags []string) (*cueWords, error) {
	file, err := readCueWords()
	if err != nil {
		return nil, err
	}
	w := &cueWords{}
	var hasCues bool
	for name, byLanguage := range file.Cues {
		kind, err := findKind(name)
		if err != nil {
			return nil, err
		}
		if !enabled[kind] {
			continue
		}
		hasCues = true
		for language, cues := range byLanguage {
			if isOfLanguages(language, tags) {
				w.add(cues, kind)
			}
		}
	}
	if !hasCues {
		return nil, nil //nolint:nilnil // no kind that is announced is looked for
	}
	for _, cue := range file.Keep {
		w.cues.add(cue, kindCount)
	}
	for _, link := range file.Links {
		w.links.add(link, kindCount)
	}
	return w, nil
}

// isOfLanguages reports whether the cues of a language count where people write in the languages with the tags.
func isOfLanguages(language string, tags []string) bool {
	return language == cueLanguage || len(tags) == 0 || slices.ContainsFunc(tags, func(tag string) bool {
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		return base == language || base == "no" && language == "nb" || base == "nn" && language == "nb"
	})
}

// add adds cues of a kind.
func (w *cueWords) add(cues []string, kind Kind) {
	for _, cue := range cues {
		w.cues.add(cue, kind)
		w.cues.add(stripAccents(cue), kind)
		first, _ := utf8.DecodeRuneInString(cue)
		for _, c := range [2]rune{first, unicode.ToUpper(first)} {
			for _, folded := range foldRune(nil, c) {
				w.starts[folded] = true
			}
		}
		w.starts[stripAccents(cue)[0]] = true
	}
}

// stripAccents returns a text without its accents.
func stripAccents(text string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(text) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// wordTree is a tree of words by their characters. A node is an element; the first is the root.
type wordTree []wordNode

// wordNode is a character of a word.
type wordNode struct {
	// next are the nodes of the characters that can follow.
	next []wordEdge
	// isEnd means that a word ends here. kinds are the kinds that it announces, in the order in which they are asked.
	isEnd bool
	kinds []Kind
}

// wordEdge leads to the node of a character.
type wordEdge struct {
	character rune
	node      int
}

// add adds a word. The kind kindCount stands for none.
func (t *wordTree) add(word string, kind Kind) {
	if len(*t) == 0 {
		*t = append(*t, wordNode{})
	}
	at := 0
	for _, r := range word {
		next := (*t).follow(at, r)
		if next < 0 {
			next = len(*t)
			*t = append(*t, wordNode{})
			(*t)[at].next = append((*t)[at].next, wordEdge{r, next})
		}
		at = next
	}
	node := &(*t)[at]
	node.isEnd = true
	if kind < kindCount && !slices.Contains(node.kinds, kind) {
		node.kinds = append(node.kinds, kind)
		slices.Sort(node.kinds)
	}
}

// follow returns the node of a character after the node at; -1 if no word has it.
func (t wordTree) follow(at int, r rune) int {
	for _, edge := range t[at].next {
		if edge.character == r {
			return edge.node
		}
	}
	return -1
}

// read returns the longest word of the tree from index i on: its node and the index after it; 0 if there is none. A word ends before a
// character that is no letter and no digit, unless its script writes no spaces.
func (t wordTree) read(r *reader, i int) (node, end int) {
	at := 0
	for {
		if at > 0 && t[at].isEnd && r.canEndWord(i) {
			node, end = at, i
		}
		if len(t[at].next) == 0 {
			return node, end
		}
		c, next := r.character(i)
		if at = t.follow(at, c); at < 0 {
			return node, end
		}
		i = next
	}
}
