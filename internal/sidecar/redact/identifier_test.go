package redact_test

import (
	"encoding/hex"
	"math/rand/v2"
	"testing"
)

// uuid is a UUID in which a telephone number and a card number would be found if it were a text like others.
const uuid = "59433033-9132-48d7-a14f-71870d366623"

func TestTextKeepsRandomIdentifiers(t *testing.T) {
	set := newSet(t, all...)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 20000 {
		id, digest := randomUUID(r), hex.EncodeToString(randomBytes(r, 32))
		span, object := hex.EncodeToString(randomBytes(r, 8)), hex.EncodeToString(randomBytes(r, 12))
		for _, text := range []string{
			"/api/chats/" + id + "/1", `{"chatId":"` + id + `","digest":"` + digest + `"}`, "Message 4 " + id + " of sha256:" + digest + ".",
			"/conversations/" + object + `?span=` + span, `["` + object + `","` + span + `"]`,
		} {
			if got := redactWhole(set, text); got != text {
				t.Errorf("Text of %q is %q", text, got)
			}
			if i%10 != 0 {
				continue // Cuts take longer.
			}
			if got := redactPieces(set, randomPieces(r, text)); got != text {
				t.Errorf("Pieces of %q become %q", text, got)
			}
		}
	}
}

func randomUUID(r *rand.Rand) string {
	b := randomBytes(r, 16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // version 4
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func randomBytes(r *rand.Rand, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
