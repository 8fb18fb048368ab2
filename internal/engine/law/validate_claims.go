package law

import (
	"maps"
	"regexp"
	"slices"
)

// claimKinds are the kinds of words that each language has, liabilityKinds those that a language has together or not at all.
var (
	claimKinds     = []string{"ai", "self", "person", "other"}
	liabilityKinds = []string{"binds", "denies", "answers", "kept"}
	// claimWord is a word or phrase in lower case, without characters that mean something in a regular expression. A dollar sign at the end
	// says that the word ends there.
	claimWord = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}'’׳ -]+\$?$`)
)

// unlikeKind are the words with which a text says that whoever answers is no machine.
const unlikeKind = "unlike"

// checkClaims checks the words by which rules read texts: each language has words of every kind, or of the kinds about who answers.
func (f *faults) checkClaims(data *Data) {
	for _, tag := range slices.Sorted(maps.Keys(data.Claims.Languages)) {
		f.place = "claims " + tag
		kinds := data.Claims.Languages[tag]
		known := slices.Clone(claimKinds)
		if _, ok := kinds[unlikeKind]; ok {
			known = append(known, unlikeKind)
		}
		if len(kinds) != len(known) {
			known = append(known, liabilityKinds...)
		}
		if !slices.Equal(slices.Sorted(maps.Keys(kinds)), slices.Sorted(slices.Values(known))) {
			f.add("the kinds of words must be %v, with or without %s, and with or without %v", claimKinds, unlikeKind, liabilityKinds)
		}
		for kind, words := range kinds {
			f.checkClaimWords(kind, words)
		}
	}
	f.place = "claims"
	for _, tag := range slices.Sorted(maps.Keys(data.Claims.Joined)) {
		if _, ok := data.Claims.Languages[tag]; !ok {
			f.add("joined: %q has no words", tag)
		}
		if _, err := regexp.Compile(data.Claims.Joined[tag]); err != nil {
			f.add("joined: %q has no pattern: %v", tag, err)
		}
	}
	for _, tag := range data.Claims.Unspaced {
		if _, ok := data.Claims.Languages[tag]; !ok {
			f.add("unspaced: %q has no words", tag)
		}
	}
}

func (f *faults) checkClaimWords(kind string, words []string) {
	if len(words) == 0 {
		f.add("%s must have words", kind)
	}
	for _, word := range words {
		if !claimWord.MatchString(word) {
			f.add("%s: %q must be in lower case and may end in $", kind, word)
		}
	}
}

// checkCategories checks that each other word for a sensitive category leads to one, and that no word is both ordinary and sensitive.
func (f *faults) checkCategories(data *Data) {
	f.place = "facts: categories"
	sensitive := data.Dimensions.Dimensions["personal_data.sensitive"].Values
	categories := data.Facts.Categories
	for _, word := range slices.Sorted(maps.Keys(categories.Also)) {
		if !slices.Contains(sensitive, categories.Also[word]) {
			f.add("also: %s is %q, which is no value of personal_data.sensitive", word, categories.Also[word])
		}
	}
	for _, word := range categories.Ordinary {
		if _, ok := categories.Also[word]; ok || slices.Contains(sensitive, word) {
			f.add("ordinary: %q is a word for sensitive data", word)
		}
	}
}
