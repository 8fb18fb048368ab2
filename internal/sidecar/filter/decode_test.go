package filter

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped/shapedtest"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
)

// countRoom returns how many more exchanges the budget lets begin.
func countRoom(b *budget.Budget) int {
	for count := 0; ; count++ {
		held, ok := b.Open()
		defer held.Release()
		if !ok {
			return count
		}
	}
}

// newPackedRequest returns a request whose body has the same length with its content coding as without, nearly.
func newPackedRequest(t *testing.T, length int) *http.Request {
	t.Helper()
	content := make([]byte, length)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(content) // It never fails.
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/", &packed)
	r.Header.Set("Content-Encoding", "gzip")
	return r.WithContext(exchange.With(t.Context(), &exchange.Scope{Route: &exchange.Route{Format: shapedtest.OpenAIChat(t)}}))
}

// TestCompressedBodyAndItsContentCountTogether: both are in memory until the content has been read.
func TestCompressedBodyAndItsContentCountTogether(t *testing.T) {
	const (
		length = 1 << 20
		// place is what an exchange without a body takes, and held how many such places a body of the length takes.
		place, held = 48 << 10, 3 * length / (48 << 10)
	)
	load := budget.New(budget.MinMemoryBytes)
	whole := countRoom(load)
	var taken []int
	read := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body := exchange.From(r).Held.Reader(r.Body)
		taken = append(taken, whole-countRoom(load))
		if _, err := io.CopyN(io.Discard, body, length-1); err != nil {
			t.Error(err)
		}
		taken = append(taken, whole-countRoom(load))
		if rest, err := io.ReadAll(body); len(rest) != 1 || err != nil {
			t.Errorf("%d bytes at the end, error %v", len(rest), err)
		}
		taken = append(taken, whole-countRoom(load))
		if n, err := body.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("%d bytes after the end, error %v", n, err)
		}
	})
	Chain(read, []Filter{LimitLoad(load), Decode(load, length)}).ServeHTTP(httptest.NewRecorder(), newPackedRequest(t, length))
	taken = append(taken, whole-countRoom(load))
	// The exchange itself takes one place.
	if diff := cmp.Diff([]int{1 + held, 1 + 2*held, 1 + held, 0}, taken); diff != "" {
		t.Errorf("places of %d bytes before the content, with it, after it, and after the exchange (-want +got):\n%s", place, diff)
	}
}
