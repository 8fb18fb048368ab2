package shaped_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const endOfChunks = "event: end\n\n"

func objectChunk(members string) string { return "event: data\ndata: {" + members + "}\n\n" }

// TestChunksThatSayTheWholeObject: parsers of JSON stream the object up to then in each chunk. Clients show the latest one.
func TestChunksThatSayTheWholeObject(t *testing.T) {
	cases := map[string]struct{ statement, stream, want string }{
		"a member that grows": {
			stream: objectChunk(`"reply":""`) + objectChunk(`"reply":"We are open"`) + objectChunk(`"reply":"We are open 9 to 5"`),
			want:   objectChunk(`"reply":""`) + objectChunk(`"reply":"We are "`) + objectChunk(`"reply":"We are open 9 to 5"`),
		},
		"a second member follows": {
			stream: objectChunk(`"reply":"Yes"`) + objectChunk(`"reply":"Yes, ","mood":"calm"`) + objectChunk(`"reply":"Yes, ","mood":"calm, "`),
			want:   objectChunk(`"reply":""`) + objectChunk(`"reply":"Yes, ","mood":""`) + objectChunk(`"reply":"Yes, ","mood":"calm, "`),
		},
		"personal data": {
			stream: objectChunk(`"reply":"Ask joe@"`) + objectChunk(`"reply":"Ask joe@shop.exa"`) + objectChunk(`"reply":"Ask joe@shop.example, "`),
			want:   objectChunk(`"reply":"Ask "`) + objectChunk(`"reply":"Ask "`) + objectChunk(`"reply":"Ask [redacted:email], "`),
		},
		"a statement": {
			statement: "You chat with an AI.",
			stream:    objectChunk(`"answer":"Yes, "`) + objectChunk(`"answer":"Yes, we are"`),
			want:      objectChunk(`"answer":"You chat with an AI.\n\nYes, "`) + objectChunk(`"answer":"You chat with an AI.\n\nYes, we are"`),
		},
		"a statement, and one chunk behind an empty one": {
			statement: "You chat with an AI.",
			stream:    objectChunk(`"answer":""`) + objectChunk(`"answer":"Yes"`),
			want:      objectChunk(`"answer":""`) + objectChunk(`"answer":"You chat with an AI.\n\nYes"`),
		},
		"only one chunk": {
			stream: objectChunk(`"reply":"Ask joe@shop.example","id":"r1"`), want: objectChunk(`"reply":"Ask [redacted:email]","id":"r1"`),
		},
		"the same object again": {
			stream: objectChunk(`"reply":"Yes"`) + objectChunk(`"reply":"Yes"`) + objectChunk(`"reply":"Yes, we are"`),
			want:   objectChunk(`"reply":""`) + objectChunk(`"reply":""`) + objectChunk(`"reply":"Yes, we are"`),
		},
		"pieces": {
			stream: objectChunk(`"answer":"Ask joe@"`) + objectChunk(`"answer":"shop.example"`) + objectChunk(`"answer":", today"`),
			want: objectChunk(`"answer":"Ask "`) + objectChunk(`"answer":""`) + objectChunk(`"answer":"[redacted:email], "`) +
				objectChunk(`"answer":"today"`),
		},
		"pieces, the first of which are equal": {
			stream: objectChunk(`"answer":"ha, "`) + objectChunk(`"answer":"ha, "`) + objectChunk(`"answer":"and yes"`),
			want: objectChunk(`"answer":"ha, "`) + objectChunk(`"answer":"ha, "`) + objectChunk(`"answer":"and "`) +
				objectChunk(`"answer":"yes"`),
		},
		"pieces of several members": {
			stream: objectChunk(`"answer":"Yes, "`) + objectChunk(`"sources":"page 1, "`) + objectChunk(`"answer":"we are. "`),
			want:   objectChunk(`"answer":"Yes, "`) + objectChunk(`"sources":"page 1, "`) + objectChunk(`"answer":"we are. "`),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := rewriteFor(t, "langserve", tc.statement, tc.stream+endOfChunks)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want+endOfChunks, got); diff != "" {
				t.Errorf("stream (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWholeObjectsForEveryCutOfTheText: the last chunk has the redaction of the whole text, and no other chunk has a part of personal data.
func TestWholeObjectsForEveryCutOfTheText(t *testing.T) {
	characters := strings.Split(answerText, "")
	for cut := range characters {
		before := strings.Join(characters[:cut], "")
		stream := objectChunk(`"answer":`+quote(before)) + objectChunk(`"answer":`+quote(answerText)) + endOfChunks
		got, err := rewriteFor(t, "langserve", "", stream)
		if err != nil {
			t.Fatal(err)
		}
		first, rest, _ := strings.Cut(got, "\n\n")
		shown := strings.TrimSuffix(strings.TrimPrefix(first, `event: data`+"\n"+`data: {"answer":"`), `"}`)
		if !strings.HasPrefix(answerRedacted, shown) {
			t.Errorf("cut at %d: the first chunk is %s", cut, first)
		}
		if diff := cmp.Diff(objectChunk(`"answer":`+quote(answerRedacted))+endOfChunks, rest); diff != "" {
			t.Errorf("cut at %d (-want +got):\n%s", cut, diff)
		}
	}
}

// TestPiecesTakenForWholeObjects: the second piece begins with the first one, so that it looks like the whole text. Clients that put the pieces
// together get no personal data all the same.
func TestPiecesTakenForWholeObjects(t *testing.T) {
	const datum = "joe@shop.example"
	for cut := 1; cut < len(datum); cut++ {
		stream := objectChunk(`"answer":"a"`) + objectChunk(`"answer":"a `+datum[:cut]+`"`) + objectChunk(`"answer":"`+datum[cut:]+`"`) + endOfChunks
		got, err := rewriteFor(t, "langserve", "", stream)
		if err != nil {
			t.Fatal(err)
		}
		shown := strings.Join(strings.Split(got, "\"}\n\nevent: data\ndata: {\"answer\":\""), "")
		if strings.Contains(shown, datum) {
			t.Errorf("cut at %d: %s", cut, got)
		}
	}
}
