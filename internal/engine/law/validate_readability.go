package law

// checkReadability checks that each limit is set: a limit of 0 would refuse every text. The limit of the readability index LIX must be no
// lower for languages with long words than for other languages, because long words raise the index.
func (f *faults) checkReadability(data *Data) {
	f.place = "readability"
	r := data.Readability
	if r.Source.Title == "" || r.Source.URL == "" {
		f.add("source must have a title and a url")
	}
	if min(r.LIX, r.FewWords, r.SentenceCharacters) <= 0 || r.LIXOfLongWords < r.LIX || len(r.Length) == 0 {
		f.add("lix, fewWords, sentenceCharacters and length must be above 0, lixOfLongWords not below lix")
	}
	for language, factor := range r.Letters {
		if factor <= 0 {
			f.add("letters: the factor of %s must be above 0", language)
		}
	}
	for field, limits := range r.Length {
		if min(limits.Words, limits.Characters) <= 0 {
			f.add("length: words and characters of %s must be above 0", field)
		}
	}
}
