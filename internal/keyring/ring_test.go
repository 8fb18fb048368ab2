package keyring_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/keyring"
)

var (
	noon      = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	lifetimes = keyring.Lifetimes{RotateAfter: 100 * time.Hour, Overlap: 10 * time.Hour, Propagation: time.Hour, RetireAfter: 30 * time.Hour}
)

// newKey returns a key that depends only on the byte.
func newKey(b byte, created time.Time) keyring.Key {
	return keyring.Key{Private: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize)), Created: created}
}

func trustsNothing(string) (bool, error) { return false, nil }

func TestEncodedRingIsParsed(t *testing.T) {
	old, young := newKey(1, noon), newKey(2, noon.Add(time.Hour))
	data, err := keyring.NewRing(old, young).Encode()
	if err != nil {
		t.Fatal(err)
	}
	got := keyring.Parse(data)
	if diff := cmp.Diff([]string{young.Text(), old.Text()}, got.ListAccepted()); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(keyring.NewRing(old, young).Signers(), got.Signers()); diff != "" {
		t.Errorf("signers (-want +got):\n%s", diff)
	}
	for name, broken := range map[string][]byte{
		"nothing":                nil,
		"not PEM":                []byte("keys"),
		"no time":                bytes.ReplaceAll(data[keyring.DataKeys], []byte("Created"), []byte("Made")),
		"a key of another type":  bytes.ReplaceAll(data[keyring.DataKeys], []byte("PRIVATE"), []byte("PUBLIC")),
		"the end is cut":         data[keyring.DataKeys][:40],
		"a time that is no time": bytes.ReplaceAll(data[keyring.DataKeys], []byte("2026-"), []byte("then-")),
	} {
		if ring := keyring.Parse(map[string][]byte{keyring.DataKeys: broken}); ring.Len() != 0 {
			t.Errorf("%s: %d keys", name, ring.Len())
		}
	}
}

func TestListNew(t *testing.T) {
	old, young := newKey(1, noon.Add(-1000*time.Hour)), newKey(2, noon)
	tests := map[string]struct {
		ring keyring.Ring
		age  time.Duration
		want []string
	}{
		"the only key is used at once":                   {keyring.NewRing(young), 0, []string{young.Text()}},
		"a new key that replicas may not know: left out": {keyring.NewRing(old, young), 59 * time.Minute, []string{old.Text()}},
		"a new key that replicas know: with the old one": {keyring.NewRing(old, young), time.Hour, []string{young.Text(), old.Text()}},
		"not every configuration is signed again: both":  {keyring.NewRing(old, young), 11*time.Hour - 1, []string{young.Text(), old.Text()}},
		"all configurations are signed again":            {keyring.NewRing(old, young), 11 * time.Hour, []string{young.Text()}},
		"no key":                                         {keyring.Ring{}, 0, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.ring.ListNew(noon.Add(tc.age), lifetimes)); diff != "" {
				t.Errorf("keys of a new pod (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRenew(t *testing.T) {
	young, old := newKey(2, noon), newKey(1, noon.Add(-100*time.Hour))
	tests := map[string]struct {
		ring      keyring.Ring
		now       time.Time
		isTrusted bool
		// kept are the keys that stay, and added is the number of new keys.
		kept  []string
		added int
		next  time.Time
	}{
		"no key: one is made":                     {keyring.Ring{}, noon, false, nil, 1, noon.Add(100 * time.Hour)},
		"a young key: nothing to do":              {keyring.NewRing(young), noon.Add(99 * time.Hour), false, []string{young.Text()}, 0, noon.Add(100 * time.Hour)},
		"a key that is due: a successor":          {keyring.NewRing(young), noon.Add(100 * time.Hour), false, []string{young.Text()}, 1, noon.Add(130 * time.Hour)},
		"a successor that is too young":           {keyring.NewRing(young, old), noon.Add(29 * time.Hour), false, []string{young.Text(), old.Text()}, 0, noon.Add(30 * time.Hour)},
		"a predecessor that a sidecar trusts":     {keyring.NewRing(young, old), noon.Add(30 * time.Hour), true, []string{young.Text(), old.Text()}, 0, noon.Add(54 * time.Hour)},
		"a predecessor that no sidecar trusts":    {keyring.NewRing(young, old), noon.Add(30 * time.Hour), false, []string{young.Text()}, 0, noon.Add(100 * time.Hour)},
		"a trusted predecessor, and a key is due": {keyring.NewRing(young, old), noon.Add(100 * time.Hour), true, []string{young.Text(), old.Text()}, 1, noon.Add(124 * time.Hour)},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, next, err := tc.ring.Renew(tc.now, lifetimes, func(string) (bool, error) { return tc.isTrusted, nil })
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.kept, append([]string(nil), got.ListAccepted()[tc.added:]...)); diff != "" || got.Len() != len(tc.kept)+tc.added {
				t.Errorf("%d keys; kept (-want +got):\n%s", got.Len(), diff)
			}
			if !next.Equal(tc.next) {
				t.Errorf("next check at %s, want %s", next, tc.next)
			}
		})
	}
}

func TestRenewKeepsKeysWhileSidecarsAreNotKnown(t *testing.T) {
	ring := keyring.NewRing(newKey(2, noon), newKey(1, noon.Add(-100*time.Hour)))
	unreadable := errors.New("no pods")
	if _, _, err := ring.Renew(noon.Add(30*time.Hour), lifetimes, func(string) (bool, error) { return false, unreadable }); !errors.Is(err, unreadable) {
		t.Errorf("error %v, want %v", err, unreadable)
	}
}

func TestHolder(t *testing.T) {
	holder, ring := &keyring.Holder{}, keyring.NewRing(newKey(1, noon))
	if _, err := holder.Load(); !errors.Is(err, keyring.ErrNoKeys) {
		t.Errorf("error %v, want %v", err, keyring.ErrNoKeys)
	}
	if !holder.Replace(ring) || holder.Replace(ring) {
		t.Error("only the first ring is a change")
	}
	got, err := holder.Load()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ring.ListAccepted(), got.ListAccepted()); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	made, _, err := keyring.Ring{}.Renew(noon, lifetimes, trustsNothing)
	if err != nil {
		t.Fatal(err)
	}
	if !holder.Replace(made) {
		t.Error("another ring is no change")
	}
}
