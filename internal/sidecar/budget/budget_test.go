package budget_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
)

const memory = 64 << 20

// TestOpenExchangesAreBounded: what is released can be reserved again.
func TestOpenExchangesAreBounded(t *testing.T) {
	b := budget.New(memory)
	var open []*budget.Reservation
	for {
		held, ok := b.Open()
		if !ok {
			held.Release()
			break
		}
		open = append(open, held)
	}
	if want := memory / 16 * 5 / (48 << 10); len(open) != want {
		t.Errorf("%d exchanges are open at once, want %d", len(open), want)
	}
	open[0].Release()
	if _, ok := b.Open(); !ok {
		t.Error("what was released cannot be reserved")
	}
}

func TestBodiesAreBounded(t *testing.T) {
	b := budget.New(memory)
	for name, share := range map[string]func() *budget.Reservation{
		"requests": func() *budget.Reservation { held, _ := b.Open(); return held },
		"answers":  b.Answer,
	} {
		t.Run(name, func(t *testing.T) {
			first, second := share(), share()
			read := func(held *budget.Reservation, length int) error {
				_, err := io.Copy(io.Discard, held.Reader(strings.NewReader(strings.Repeat("a", length))))
				return err
			}
			if err := read(first, 3<<20); err != nil {
				t.Fatalf("a body that fits: %v", err)
			}
			if err := read(second, 5<<20); !errors.Is(err, budget.ErrUsedUp) {
				t.Errorf("a body that does not fit: %v", err)
			}
			second.Release()
			first.Release()
			if err := read(share(), 3<<20); err != nil {
				t.Errorf("after the release: %v", err)
			}
		})
	}
}

func TestWorkOnLargeBodiesWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := budget.New(memory)
		done, ok := b.Work(t.Context(), memory)
		if !ok {
			t.Fatal("nobody works, and the work may not begin")
		}
		if _, ok := b.Work(t.Context(), 1000); !ok {
			t.Error("the work on a small body waits")
		}
		begun := time.Now()
		if _, ok := b.Work(t.Context(), 1<<20); ok || time.Since(begun) != 5*time.Second {
			t.Errorf("work begins: %t, after %s", ok, time.Since(begun))
		}
		time.AfterFunc(time.Second, done)
		if _, ok := b.Work(t.Context(), 1<<20); !ok {
			t.Error("the work does not begin when the other work is done")
		}
	})
}

// TestLittleMemory: a sidecar with less memory than any can have still serves requests of the default size.
func TestLittleMemory(t *testing.T) {
	b := budget.New(1)
	if b.MaxBodyBytes() < 1<<20 || b.MaxConnections() < 500 {
		t.Errorf("bodies of %d bytes, %d connections", b.MaxBodyBytes(), b.MaxConnections())
	}
}

// TestSocketsLeaveRoomForRequests: they take half of the places.
func TestSocketsLeaveRoomForRequests(t *testing.T) {
	b := budget.New(memory)
	count := 0
	var done func()
	for {
		next, ok := b.OpenSocket()
		if !ok {
			break
		}
		count, done = count+1, next
	}
	if want := memory / 16 * 5 / (48 << 10) / 2; count != want {
		t.Errorf("%d sockets are open at once, want %d", count, want)
	}
	done()
	if _, ok := b.OpenSocket(); !ok {
		t.Error("the place of a closed socket cannot be taken")
	}
}
