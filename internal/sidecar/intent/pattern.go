package intent

import (
	"fmt"
	"slices"
	"strings"
)

// maxGap is the largest number of words for which a gap stands.
const maxGap = 3

// element is a part of a pattern: a choice of words, or a gap.
type element struct {
	// sets have the choices, of which one must stand there.
	sets []*choiceSet
	// isOptional means that the element may be missing, and isGap that up to maxGap other words may stand there.
	isOptional, isGap bool
}

// choiceSet is a set of choices.
type choiceSet struct {
	all []choice
	// byFirst has the choices by their first word, apart from those with a single word that is the begin of a word, which prefixes has.
	byFirst  map[string][]choice
	prefixes []choice
}

// newChoiceSet returns the set of the choices for texts.
func newChoiceSet(texts []string) (*choiceSet, error) {
	set := &choiceSet{byFirst: map[string][]choice{}}
	for _, text := range texts {
		c, err := newChoice(text)
		if err != nil {
			return nil, err
		}
		set.all = append(set.all, c)
		if first := c.words[0]; c.isPrefix && len(c.words) == 1 {
			set.prefixes = append(set.prefixes, c)
		} else {
			set.byFirst[first] = append(set.byFirst[first], c)
		}
	}
	return set, nil
}

// each calls take with the number of words of each choice that stands at the index, until take returns true. It returns whether one did.
func (s *choiceSet) each(words []word, at int, take func(size int) bool) bool {
	for _, list := range [2][]choice{s.byFirst[words[at].text], s.prefixes} {
		for _, c := range list {
			if size := c.matchAt(words, at); size > 0 && take(size) {
				return true
			}
		}
	}
	return false
}

// find returns how many words a choice takes at the index, or 0 if none stands there.
func (s *choiceSet) find(words []word, at int) int {
	found := 0
	s.each(words, at, func(size int) bool { found = size; return true })
	return found
}

// choice is a sequence of words. isPrefix means that the last one is the begin of a word.
type choice struct {
	words    []string
	isPrefix bool
}

// newChoice returns the choice for a text.
func newChoice(text string) (choice, error) {
	c := choice{isPrefix: strings.HasSuffix(text, "*")}
	for _, w := range split(fold(strings.TrimSuffix(text, "*"))) {
		c.words = append(c.words, w.text)
	}
	if len(c.words) == 0 {
		return c, fmt.Errorf("%q has no word", text)
	}
	return c, nil
}

// matchAt returns how many words the choice takes at the index, or 0 if it does not stand there.
func (c choice) matchAt(words []word, at int) int {
	if at+len(c.words) > len(words) {
		return 0
	}
	for i, want := range c.words {
		got := words[at+i]
		isLast := i == len(c.words)-1
		isSame := got.text == want || isLast && c.isPrefix && strings.HasPrefix(got.text, want)
		if !isSame || i > 0 && got.before == pauseSentence {
			return 0
		}
	}
	return len(c.words)
}

// parsePattern returns the elements of a pattern. classes are the named choices.
func parsePattern(text string, classes map[string]*choiceSet) ([]element, error) {
	var elements []element
	for _, field := range strings.Fields(text) {
		if field == ".." {
			elements = append(elements, element{isGap: true})
			continue
		}
		e, err := parseElement(field, classes)
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", text, err)
		}
		elements = append(elements, e)
	}
	hasWord := slices.ContainsFunc(elements, func(e element) bool { return !e.isOptional && !e.isGap })
	if !hasWord || elements[0].isGap || elements[len(elements)-1].isGap {
		return nil, fmt.Errorf("pattern %q: a part must be words that must stand there, and neither the first nor the last one a gap", text)
	}
	return elements, nil
}

// parseElement returns the element for a field of a pattern.
func parseElement(field string, classes map[string]*choiceSet) (element, error) {
	name, isOptional := strings.CutSuffix(field, "?")
	e := element{isOptional: isOptional}
	var own []string
	for alternative := range strings.SplitSeq(name, "|") {
		class, isClass := strings.CutPrefix(alternative, "<")
		if !isClass {
			own = append(own, strings.ReplaceAll(alternative, "_", " "))
			continue
		}
		found := classes[strings.TrimSuffix(class, ">")]
		if found == nil {
			return e, fmt.Errorf("there are no words %s", alternative)
		}
		e.sets = append(e.sets, found)
	}
	if len(own) == 0 {
		return e, nil
	}
	set, err := newChoiceSet(own)
	e.sets = append(e.sets, set)
	return e, err
}

// match returns the index after the words from at on that the elements stand for, or 0 if they do not stand there. A pattern does not go
// beyond a sentence.
func match(elements []element, words []word, from, at int) int {
	if len(elements) == 0 {
		return at
	}
	e, rest := elements[0], elements[1:]
	if e.isGap {
		for skipped := range maxGap + 1 {
			if isBeyond(words, from, at, at+skipped) {
				return 0
			}
			if end := match(rest, words, from, at+skipped); end > 0 {
				return end
			}
		}
		return 0
	}
	if !isBeyond(words, from, at, at+1) {
		end := 0
		for _, set := range e.sets {
			if set.each(words, at, func(size int) bool { end = match(rest, words, from, at+size); return end > 0 }) {
				return end
			}
		}
	}
	if e.isOptional {
		return match(rest, words, from, at)
	}
	return 0
}

// isBeyond reports whether the words from at to end are not all there, or begin another sentence than the word at the index from.
func isBeyond(words []word, from, at, end int) bool {
	if end > len(words) {
		return true
	}
	return slices.ContainsFunc(words[max(at, from+1):max(end, from+1)], func(w word) bool { return w.before == pauseSentence })
}

// listStarts returns the choices with which a pattern can begin.
func listStarts(elements []element) []choice {
	var found []choice
	for _, e := range elements {
		for _, set := range e.sets {
			found = append(found, set.all...)
		}
		if !e.isOptional {
			break
		}
	}
	return found
}
