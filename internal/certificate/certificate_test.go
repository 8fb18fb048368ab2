package certificate_test

import (
	"crypto/x509"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/certificate"
)

var (
	start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	names = certificate.ListServiceNames("chaperone-webhook", "chaperone-system")
	// Short periods keep the arithmetic of the tests readable.
	short = certificate.Lifetimes{
		AuthorityValidity:    100 * time.Minute,
		AuthorityRenewBefore: 40 * time.Minute,
		ServingValidity:      30 * time.Minute,
		ServingRenewBefore:   10 * time.Minute,
		Propagation:          time.Minute,
	}
)

func TestFirstIssueIsUsableAtOnce(t *testing.T) {
	state, again := renew(t, certificate.State{}, start, true)

	keeper := serve(t, state)
	if err := keeper.Check(start, state.CABundle()); err != nil {
		t.Errorf("Check: %v", err)
	}
	leaf := leafOf(t, keeper)
	if diff := cmp.Diff(names.DNS, leaf.DNSNames); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	// One minute later the authority may sign, which nothing waits for; then comes the renewal of the serving certificate.
	if diff := cmp.Diff(start.Add(time.Minute), again); diff != "" {
		t.Errorf("look again (-want +got):\n%s", diff)
	}
}

func TestUnchangedStateIsReturnedAsItIs(t *testing.T) {
	first, _ := renew(t, certificate.State{}, start, true)
	second, again := renew(t, first, start.Add(5*time.Minute), true)

	if diff := cmp.Diff(data(t, first), data(t, second)); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(start.Add(20*time.Minute), again); diff != "" {
		t.Errorf("look again (-want +got):\n%s", diff)
	}
}

func TestSecretRoundTrip(t *testing.T) {
	state, _ := renew(t, certificate.State{}, start, true)
	if diff := cmp.Diff(data(t, state), data(t, certificate.Parse(data(t, state)))); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
}

func TestServingCertificateIsRenewedByTheSameAuthority(t *testing.T) {
	first, _ := renew(t, certificate.State{}, start, true)
	second, _ := renew(t, first, start.Add(20*time.Minute), true)

	if diff := cmp.Diff(string(first.CABundle()), string(second.CABundle())); diff != "" {
		t.Errorf("bundle (-want +got):\n%s", diff)
	}
	if got, want := leafOf(t, serve(t, second)).NotAfter, start.Add(50*time.Minute); !got.Equal(want) {
		t.Errorf("end of the renewed certificate: want %s, got %s", want, got)
	}
}

// TestRotationOfTheAuthorityOverlaps walks through the whole life of two authorities, minute by minute, with API servers that
// learn of a published bundle one minute late: at every minute they can verify what is served.
func TestRotationOfTheAuthorityOverlaps(t *testing.T) {
	var state certificate.State
	var known []byte
	bundles := map[string]bool{}
	largest := 0
	for minute := range 300 {
		now := start.Add(time.Duration(minute) * time.Minute)
		published := state.CABundle()
		state, _ = renew(t, state, now, minute == 0 || state.IsPublishedIn(published))
		if minute == 0 {
			known = state.CABundle()
		}
		if err := serve(t, state).Check(now, known); err != nil {
			t.Fatalf("minute %d: %v", minute, err)
		}
		known = state.CABundle()
		bundles[string(known)] = true
		largest = max(largest, len(state.Authorities))
	}
	// 300 minutes see authorities from minutes 0, 60, 120, 180, 240; each overlaps with the one before.
	if largest != 2 {
		t.Errorf("largest number of published authorities: want 2, got %d", largest)
	}
	if len(bundles) < 8 {
		t.Errorf("distinct bundles: want at least 8, got %d", len(bundles))
	}
}

func TestNewAuthorityDoesNotSignBeforeItIsPublished(t *testing.T) {
	first, _ := renew(t, certificate.State{}, start, true)
	second, _ := renew(t, first, start.Add(65*time.Minute), true) // rotates; the old serving certificate has expired
	if len(second.Authorities) != 2 {
		t.Fatalf("authorities: want 2, got %d", len(second.Authorities))
	}

	// A live serving certificate of the first authority, at the moment in which a second one appears.
	live, _ := renew(t, first, start.Add(55*time.Minute), true)
	rotated, again := renew(t, live, start.Add(60*time.Minute), false)
	if diff := cmp.Diff(string(live.Serving.Certificate), string(rotated.Serving.Certificate)); diff != "" {
		t.Errorf("serving certificate changed with the new authority (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(start.Add(61*time.Minute), again); diff != "" {
		t.Errorf("look again (-want +got):\n%s", diff)
	}
	waiting, _ := renew(t, rotated, start.Add(70*time.Minute), false)
	if diff := cmp.Diff(string(live.Serving.Certificate), string(waiting.Serving.Certificate)); diff != "" {
		t.Errorf("serving certificate changed before publication (-want +got):\n%s", diff)
	}
	switched, _ := renew(t, rotated, start.Add(70*time.Minute), true)
	if string(switched.Serving.Certificate) == string(live.Serving.Certificate) {
		t.Error("serving certificate is still that of the old authority after publication")
	}
	if err := serve(t, switched).Check(start.Add(70*time.Minute), rotated.CABundle()); err != nil {
		t.Errorf("Check: %v", err)
	}
}

// TestPropagationCountsFromThePublication: an authority that is published late does not sign at once.
func TestPropagationCountsFromThePublication(t *testing.T) {
	first, _ := renew(t, certificate.State{}, start, true)
	live, _ := renew(t, first, start.Add(55*time.Minute), true)
	rotated, _ := renew(t, live, start.Add(60*time.Minute), false)
	published := start.Add(70 * time.Minute)

	waiting, again := renewSince(t, rotated, published.Add(59*time.Second), published)
	if diff := cmp.Diff(string(live.Serving.Certificate), string(waiting.Serving.Certificate)); diff != "" {
		t.Errorf("serving certificate changed before API servers know the authority (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(published.Add(short.Propagation), again); diff != "" {
		t.Errorf("look again (-want +got):\n%s", diff)
	}
	switched, _ := renewSince(t, rotated, published.Add(short.Propagation), published)
	if string(switched.Serving.Certificate) == string(live.Serving.Certificate) {
		t.Error("serving certificate is still that of the old authority when API servers know the new one")
	}
}

func TestDamagedSecret(t *testing.T) {
	whole, _ := renew(t, certificate.State{}, start, true)
	other, _ := renew(t, certificate.State{}, start, true)
	half := func(b []byte) []byte { return b[:len(b)/2] }

	tests := map[string]struct {
		damage          func(data map[string][]byte)
		keepsServing    bool
		keepsAuthority  bool
		wantAuthorities int
	}{
		"empty: everything is issued": {
			damage:          func(d map[string][]byte) { clear(d) },
			wantAuthorities: 1,
		},
		"serving certificate truncated: reissued by the same authority": {
			damage:          func(d map[string][]byte) { d[certificate.DataCertificate] = half(d[certificate.DataCertificate]) },
			keepsAuthority:  true,
			wantAuthorities: 1,
		},
		"serving key of another pair: reissued by the same authority": {
			damage:          func(d map[string][]byte) { d[certificate.DataKey] = other.Serving.Key },
			keepsAuthority:  true,
			wantAuthorities: 1,
		},
		"authority truncated: everything is issued": {
			damage:          func(d map[string][]byte) { d[certificate.DataAuthorities] = half(d[certificate.DataAuthorities]) },
			wantAuthorities: 1,
		},
		"authority key truncated: a second authority, what is served stays until it is known": {
			damage:          func(d map[string][]byte) { d[certificate.DataAuthorityKey] = half(d[certificate.DataAuthorityKey]) },
			keepsServing:    true,
			wantAuthorities: 2,
		},
		"authority key of another authority: a second authority": {
			damage: func(d map[string][]byte) {
				d[certificate.DataAuthorityKey] = data(t, other)[certificate.DataAuthorityKey]
			},
			keepsServing:    true,
			wantAuthorities: 2,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			damaged := data(t, whole)
			tc.damage(damaged)
			got, _ := renew(t, certificate.Parse(damaged), start.Add(2*time.Minute), false)

			if err := serve(t, got).Check(start.Add(2*time.Minute), got.CABundle()); err != nil {
				t.Errorf("Check: %v", err)
			}
			if len(got.Authorities) != tc.wantAuthorities {
				t.Errorf("authorities: want %d, got %d", tc.wantAuthorities, len(got.Authorities))
			}
			if same := string(got.Serving.Certificate) == string(whole.Serving.Certificate); same != tc.keepsServing {
				t.Errorf("serving certificate unchanged: want %t, got %t", tc.keepsServing, same)
			}
			if same := string(got.CABundle()) == string(whole.CABundle()); same != tc.keepsAuthority {
				t.Errorf("authority unchanged: want %t, got %t", tc.keepsAuthority, same)
			}
		})
	}
}

func TestChangedNamesAreIssuedAtOnce(t *testing.T) {
	first, _ := renew(t, certificate.State{}, start, true)
	second, _, err := certificate.Renewal{
		State: first, Names: certificate.ListHostNames("127.0.0.1"), Lifetimes: short,
	}.Renew(start)
	if err != nil {
		t.Fatal(err)
	}
	if err := leafOf(t, serve(t, second)).VerifyHostname("127.0.0.1"); err != nil {
		t.Errorf("VerifyHostname: %v", err)
	}
}

func TestKeeper(t *testing.T) {
	var keeper certificate.Keeper
	if err := keeper.Check(start, nil); !errors.Is(err, certificate.ErrNoCertificate) {
		t.Errorf("Check of an empty keeper: want %v, got %v", certificate.ErrNoCertificate, err)
	}
	state, _ := renew(t, certificate.State{}, start, true)
	if err := keeper.Replace(state.Serving); err != nil {
		t.Fatal(err)
	}

	truncated := certificate.Pair{Certificate: state.Serving.Certificate[:100], Key: state.Serving.Key}
	if err := keeper.Replace(truncated); err == nil {
		t.Error("a truncated pair was taken")
	}
	if err := keeper.Check(start, state.CABundle()); err != nil {
		t.Errorf("last good pair is gone: %v", err)
	}
	other, _ := renew(t, certificate.State{}, start, true)
	if err := keeper.Check(start, other.CABundle()); err == nil {
		t.Error("a caBundle of another authority was accepted")
	}
	if err := keeper.Check(start, []byte{}); err == nil {
		t.Error("an empty caBundle was accepted")
	}
	if err := keeper.Check(start.Add(31*time.Minute), state.CABundle()); err == nil {
		t.Error("an expired certificate was accepted")
	}
}

func TestDefaultLifetimesNeverCutAServingCertificateShort(t *testing.T) {
	lifetimes := certificate.DefaultLifetimes()
	if lifetimes.AuthorityRenewBefore <= lifetimes.ServingValidity {
		t.Errorf("AuthorityRenewBefore %s is not above ServingValidity %s", lifetimes.AuthorityRenewBefore, lifetimes.ServingValidity)
	}
}

// renew renews the state. published means that its newest authority has been published for the period Propagation.
func renew(t *testing.T, s certificate.State, now time.Time, published bool) (certificate.State, time.Time) {
	t.Helper()
	var since time.Time
	if published {
		since = now.Add(-short.Propagation)
	}
	return renewSince(t, s, now, since)
}

// renewSince renews the state, whose newest authority has been published since then; the zero time means that it is not.
func renewSince(t *testing.T, s certificate.State, now, since time.Time) (certificate.State, time.Time) {
	t.Helper()
	// Renew must not change what it was given.
	s.Authorities = slices.Clone(s.Authorities)
	next, again, err := certificate.Renewal{State: s, Names: names, PublishedSince: since, Lifetimes: short}.Renew(now)
	if err != nil {
		t.Fatal(err)
	}
	return next, again
}

func data(t *testing.T, s certificate.State) map[string][]byte {
	t.Helper()
	d, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func serve(t *testing.T, s certificate.State) *certificate.Keeper {
	t.Helper()
	var keeper certificate.Keeper
	if err := keeper.Replace(s.Serving); err != nil {
		t.Fatal(err)
	}
	return &keeper
}

func leafOf(t *testing.T, k *certificate.Keeper) *x509.Certificate {
	t.Helper()
	pair, err := k.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf
}
