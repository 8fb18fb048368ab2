package law

import (
	"maps"
	"regexp"
	"slices"
)

// claimKinds are the kinds of words that each language has, otherClaimKinds those that it can have, and liabilityKinds those that it has
// together or not at all. Of denialKinds it has one at least.
var (
	claimKinds      = []string{"ai", "self", "person", "other"}
	denialKinds     = []string{"not", "lacks"}
	otherClaimKinds = []string{"loose", "product", "aside", "link", "unlike"}
	liabilityKinds  = []string{"binds", "denies", "answers", "kept"}
	// claimWord is a word or phrase in lower case, without characters that mean something in a regular expression. A dollar sign at the end
	// says that the word ends there.
	claimWord = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}\x{200C}'’׳· -]+\$?$`)
)

// checkClaims checks the words by which rules read texts: each language has words of every kind, or of the kinds about who answers.
func (f *faults) checkClaims(data *Data) {
	for _, tag := range slices.Sorted(maps.Keys(data.Claims.Languages)) {
		f.place = "claims " + tag
		f.checkClaimKinds(data.Claims.Languages[tag])
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

// checkClaimKinds checks the words of one language.
func (f *faults) checkClaimKinds(kinds map[string][]string) {
	has := func(kind string) bool { return len(kinds[kind]) > 0 }
	for _, kind := range claimKinds {
		if !has(kind) {
			f.add("%s must have words", kind)
		}
	}
	if !slices.ContainsFunc(denialKinds, has) {
		f.add("one of %v must have words", denialKinds)
	}
	if slices.ContainsFunc(liabilityKinds, has) {
		for _, kind := range liabilityKinds {
			if !has(kind) {
				f.add("%s must have words, as other kinds of %v have", kind, liabilityKinds)
			}
		}
	}
	known := slices.Concat(claimKinds, denialKinds, otherClaimKinds, liabilityKinds)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if !slices.Contains(known, kind) {
			f.add("%s is none of the kinds of words %v", kind, known)
		}
		f.checkClaimWords(kind, kinds[kind])
	}
	for _, word := range kinds["loose"] {
		if !slices.Contains(kinds["ai"], word) {
			f.add("loose: %q must also be a word of ai", word)
		}
	}
}

func (f *faults) checkClaimWords(kind string, words []string) {
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
