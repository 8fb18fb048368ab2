package law

// checkReadability checks that every bound is there: 0 would find fault with every text.
func (f *faults) checkReadability(data *Data) {
	f.where = "readability"
	r := data.Readability
	if r.Source.Title == "" || r.Source.URL == "" {
		f.add("source must have a title and a url")
	}
	if min(r.LIX, r.FewWords, r.SentenceCharacters) <= 0 || r.LIXOfLongWords < r.LIX || len(r.Length) == 0 {
		f.add("lix, fewWords, sentenceCharacters and length must be above 0, lixOfLongWords not below lix")
	}
	for field, most := range r.Length {
		if min(most.Words, most.Characters) <= 0 {
			f.add("length: words and characters of %s must be above 0", field)
		}
	}
}
