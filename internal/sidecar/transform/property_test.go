package transform_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// fragments are what texts are made of: personal data, characters of several bytes, claims to be human, and what looks like the start of these.
var fragments = []string{
	"joe@shop.example", "4111 1111 1111 1111", "+49 151 23456789", "DE89 3704 0044 0532 0130 00",
	"Pay ", "today. ", "4111 ", "joe@", "é😀 ", ", ", "",
	"I am a human. ", "I am ", "Ich bin kein Roboter", "Yes, ", "\n",
}

// generator makes streams. choose returns a number below n, and 0 when it has no more choices.
type generator struct{ choose func(n int) int }

// madeStream is a stream, and what it says in the end.
type madeStream struct {
	bytes string
	texts map[int]string
}

// makeStream makes a stream of up to four texts, whose records are interleaved in any order that keeps the order of each text.
func (g generator) makeStream() madeStream {
	made := madeStream{texts: map[int]string{}}
	var queues [][][]item
	for key := range 9 {
		if g.choose(2) == 0 {
			continue
		}
		text := g.makeText()
		made.texts[key] = text
		queues = append(queues, g.makeRecords(key, text))
	}
	var stream strings.Builder
	for len(queues) > 0 {
		next := g.choose(len(queues))
		record := slices.Clone(queues[next][0])
		if queues[next] = queues[next][1:]; len(queues[next]) == 0 {
			queues = slices.Delete(queues, next, next+1)
		}
		if len(queues) > 0 && g.choose(4) == 1 { // One record has items of two texts.
			other := g.choose(len(queues))
			if queues[other][0][0].key != record[0].key {
				record = append(record, queues[other][0]...)
				if queues[other] = queues[other][1:]; len(queues[other]) == 0 {
					queues = slices.Delete(queues, other, other+1)
				}
			}
		}
		stream.WriteString(writeRecord(record))
	}
	stream.WriteString(g.makeEnd(made.texts))
	made.bytes = stream.String()
	return made
}

// makeText makes a text of up to six fragments.
func (g generator) makeText() string {
	var text strings.Builder
	for range g.choose(7) {
		text.WriteString(fragments[g.choose(len(fragments))])
	}
	return text.String()
}

// makeRecords makes the records of one text. The key says how the text arrives: 0 to 4 in pieces, of which 4 is never said again, 5 as
// a whole each time, 6 the same in each record, 7 only as a whole, 8 in pieces or as a whole.
func (g generator) makeRecords(key int, text string) [][]item {
	var all [][]item
	add := func(operation byte, text string) { all = append(all, []item{{operation, key, text}}) }
	switch key {
	case 5:
		if g.choose(3) == 1 {
			add('=', g.makeText())
		}
		for at := range g.cut(text) {
			add('=', text[:at])
		}
	case 6:
		for range 1 + g.choose(3) {
			add('#', text)
		}
		return all
	case 7:
		for range 1 + g.choose(3) {
			add('!', text)
		}
		return all
	case revised - '0':
		return g.makeRevisions(text)
	default:
		before := 0
		for at := range g.cut(text) {
			add('+', text[before:at])
			before = at
			if key != forgotten-'0' && g.choose(4) == 1 {
				add('!', text[:at])
			}
		}
	}
	return g.addEnd(all, key, text)
}

// makeRevisions makes the records of a text of which each has a piece or the whole up to then. It may begin again after its end.
func (g generator) makeRevisions(text string) (all [][]item) {
	add := func(operation byte, text string) { all = append(all, []item{{operation, revised - '0', text}}) }
	for range g.choose(3) {
		add('=', g.makeText())
		if g.choose(2) == 0 {
			add('$', "")
		}
	}
	before := 0
	for at := range g.cut(text) {
		if before > 0 && g.choose(2) == 0 {
			add('+', text[before:at])
		} else {
			add('=', text[:at])
		}
		if g.choose(4) == 1 { // It ends, and begins again with what it had.
			add('$', "")
			add('=', text[:at])
		}
		before = at
	}
	if g.choose(2) == 0 {
		add('$', "")
	}
	return all
}

// cut yields where a text is cut, from front to back and with its end.
func (g generator) cut(text string) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for at := range text {
			if g.choose(3) == 1 && !yield(at) {
				return
			}
		}
		yield(len(text))
	}
}

// addEnd adds the records that end a text, and those that say it again after that.
func (g generator) addEnd(all [][]item, key int, text string) [][]item {
	again := item{'!', key, text}
	isForgotten := key == forgotten-'0'
	switch end := g.choose(4); {
	case end == 1:
		all = append(all, []item{{'.', key, ""}})
	case end == 2 || end == 3 && isForgotten:
		all = append(all, []item{{'$', key, ""}})
	case end == 3:
		all = append(all, []item{{'$', key, ""}, again})
	}
	for range g.choose(3) {
		if !isForgotten {
			all = append(all, []item{again})
		}
	}
	return all
}

// makeEnd makes the end of a stream: nothing, an event that ends it, or one that says all texts again.
func (g generator) makeEnd(texts map[int]string) string {
	switch g.choose(3) {
	case 1:
		return "X" + bell
	case 2:
		items := []item{{operation: 'X'}}
		for key := range 9 {
			if text, isSaid := texts[key]; isSaid && key != forgotten-'0' && key != 6 && key != revised-'0' {
				items = append(items, item{'!', key, text})
			}
		}
		return writeRecord(items)
	}
	return ""
}

// view is what a client puts together of one text.
type view struct {
	// pieces are all pieces, latest is the text after the latest event, and again are the texts that were said again.
	pieces, latest string
	again          []string
}

// readViews reads a stream as a client does.
func readViews(stream string) map[int]*view {
	views := map[int]*view{}
	for record := range strings.SplitSeq(strings.TrimSuffix(stream, bell), bell) {
		if record == "" {
			continue
		}
		for _, i := range readItems(record) {
			v := views[i.key]
			if v == nil {
				v = &view{}
				views[i.key] = v
			}
			switch i.operation {
			case '+':
				v.pieces += i.text
				v.latest += i.text
			case '!':
				v.again = append(v.again, i.text)
				v.latest = i.text
			case '=', '#':
				v.latest = i.text
			}
		}
	}
	return views
}

// checkStream rewrites a stream and compares what a client can put together with the redaction of the whole texts. It returns the output.
func checkStream(t testing.TB, set *redact.Set, made madeStream) string {
	t.Helper()
	out, err := rewrite(t, set, made.bytes)
	if made.bytes == "" {
		return out
	}
	if err != nil {
		t.Fatalf("stream %q: %v", made.bytes, err)
	}
	views := readViews(out)
	for key, text := range made.texts {
		want := rewriteWhole(t, set, key, text)
		if v := views[key]; v == nil || !v.equals(key, want) {
			t.Fatalf("stream %q, text %d: client shows %+v, want %q; output is %q", made.bytes, key, v, want, out)
		}
	}
	return out
}

// rewriteWhole returns the redaction and correction of a whole text with the statement. A text that is never said needs none.
func rewriteWhole(t testing.TB, set *redact.Set, key int, text string) string {
	t.Helper()
	if key == 7 && text == "" {
		return ""
	}
	redacted, changed := set.Text(nil, []byte(text), new(redact.Counts))
	if !changed {
		redacted = []byte(text)
	}
	corrected, _ := loadTruths(t).Text(nil, redacted, 0)
	return opening + string(corrected)
}

// equals reports whether everything that the client can put together is the text, or the beginning of it where it was said again.
func (v *view) equals(key int, text string) bool {
	isOther := func(again string) bool { return !strings.HasPrefix(text, again) }
	isInPieces := key <= lastPiecewise-'0'
	return v.latest == text && (!isInPieces || v.pieces == text) && !slices.ContainsFunc(v.again, isOther)
}

// TestAllStreams: whatever the order of the events, what clients can put together is the redaction and correction of the whole text with the statement.
func TestAllStreams(t *testing.T) {
	set := newSet(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 4000 {
		checkStream(t, set, generator{random.IntN}.makeStream())
	}
}

// TestAllCuts: the output does not depend on where the bytes of the stream are cut.
func TestAllCuts(t *testing.T) {
	set := newSet(t)
	random := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		made := generator{random.IntN}.makeStream()
		want := checkStream(t, set, made)
		for at := range len(made.bytes) {
			if got, _ := rewrite(t, set, made.bytes[:at], made.bytes[at:]); got != want {
				t.Fatalf("stream %q, cut at %d: (-want +got)\n%s", made.bytes, at, cmp.Diff(strings.Split(want, bell), strings.Split(got, bell)))
			}
		}
		if got, _ := rewrite(t, set, strings.Split(made.bytes, "")...); got != want {
			t.Fatalf("stream %q, every character by itself: output is %q, want %q", made.bytes, got, want)
		}
	}
}

// FuzzStream makes a stream of the choices.
func FuzzStream(f *testing.F) {
	random := rand.New(rand.NewPCG(5, 6))
	for size := range 40 {
		choices := make([]byte, 10*size)
		for at := range choices {
			choices[at] = byte(random.IntN(256))
		}
		f.Add(choices)
	}
	set := newSet(f)
	f.Fuzz(func(t *testing.T, choices []byte) {
		choose := func(n int) int {
			if len(choices) == 0 {
				return 0
			}
			choice := int(choices[0]) % n
			choices = choices[1:]
			return choice
		}
		checkStream(t, set, generator{choose}.makeStream())
	})
}
