package certificate_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/certificate"
)

// runAt runs Renew at each of the minutes after start, with everything published, and returns the last state.
func runAt(t *testing.T, minutes ...int) certificate.State {
	t.Helper()
	var state certificate.State
	for _, minute := range minutes {
		state, _ = renew(t, state, start.Add(time.Duration(minute)*time.Minute), true)
	}
	return state
}

// TestRenewActsAtItsTimeAndNotBefore runs Renew one second before each time of a rotation, and at that time.
func TestRenewActsAtItsTimeAndNotBefore(t *testing.T) {
	serving := func(s certificate.State) string { return string(s.Serving.Certificate) }
	bundle := func(s certificate.State) string { return string(s.CABundle()) }
	cases := map[string]struct {
		history []int
		minute  int
		part    func(certificate.State) string
	}{
		"the serving certificate is renewed":  {[]int{0}, 20, serving},
		"the authority gets a successor":      {[]int{0, 20, 40}, 60, bundle},
		"the successor signs":                 {[]int{0, 20, 40, 60}, 61, serving},
		"the predecessor leaves the bundle":   {[]int{0, 20, 40, 60, 61, 81}, 91, bundle},
		"the successor's certificate renewed": {[]int{0, 20, 40, 60, 61}, 81, serving},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			state, now := runAt(t, tc.history...), start.Add(time.Duration(tc.minute)*time.Minute)
			before, _ := renew(t, state, now.Add(-time.Second), true)
			if diff := cmp.Diff(tc.part(state), tc.part(before)); diff != "" {
				t.Errorf("one second before minute %d (-want +got):\n%s", tc.minute, diff)
			}
			at, _ := renew(t, state, now, true)
			if tc.part(at) == tc.part(state) {
				t.Errorf("nothing has changed at minute %d", tc.minute)
			}
		})
	}
}

func TestRenewNamesTheNextCheck(t *testing.T) {
	cases := map[string]struct {
		history []int
		minute  int
		want    int
	}{
		"the authority may sign":               {nil, 0, 1},
		"renewal of the serving certificate":   {[]int{0}, 1, 20},
		"the successor of the authority":       {[]int{0, 20}, 45, 60},
		"the successor may sign":               {[]int{0, 20, 40}, 60, 61},
		"renewal after the rotation":           {[]int{0, 20, 40, 60}, 61, 81},
		"removal of the predecessor":           {[]int{0, 20, 40, 60, 61}, 81, 91},
		"renewal after the predecessor is out": {[]int{0, 20, 40, 60, 61, 81}, 91, 101},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			now := start.Add(time.Duration(tc.minute) * time.Minute)
			_, again := renew(t, runAt(t, tc.history...), now, true)
			if diff := cmp.Diff(start.Add(time.Duration(tc.want)*time.Minute), again); diff != "" {
				t.Errorf("next check (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExpiredAuthorityLeavesTheCABundle(t *testing.T) {
	data := data(t, runAt(t, 0))
	delete(data, certificate.DataAuthorityKey)
	for minute, want := range map[time.Duration]int{100*time.Minute - time.Second: 2, 100 * time.Minute: 1} {
		got, _ := renew(t, certificate.Parse(data), start.Add(minute), true)
		if len(got.Authorities) != want {
			t.Errorf("authorities after %s: want %d, got %d", minute, want, len(got.Authorities))
		}
	}
}

func TestKeeperChecksTheExpiry(t *testing.T) {
	state := runAt(t, 0)
	keeper := serve(t, state)
	end := start.Add(30 * time.Minute)
	if err := keeper.Check(end.Add(-time.Second), state.CABundle()); err != nil {
		t.Errorf("one second before the end: %v", err)
	}
	for _, bundle := range [][]byte{state.CABundle(), nil} {
		if err := keeper.Check(end, bundle); err == nil {
			t.Error("an expired certificate was accepted")
		}
	}
}

func TestOldAuthorityLosesItsKey(t *testing.T) {
	before := runAt(t, 0, 20, 40)
	after, _ := renew(t, before, start.Add(time.Hour), true)
	if after.Authorities[0].Key == nil || after.Authorities[1].Key != nil {
		t.Errorf("keys after a rotation: newest %t, superseded %t; want true, false", after.Authorities[0].Key != nil, after.Authorities[1].Key != nil)
	}
	if !after.Authorities[1].Certificate.Equal(before.Authorities[0].Certificate) {
		t.Error("the second authority is not the superseded one")
	}
}

func TestCertificatesAreBackdated(t *testing.T) {
	state := runAt(t, 0)
	want := start.Add(-certificate.Backdate)
	for name, got := range map[string]time.Time{
		"authority": state.Authorities[0].Certificate.NotBefore, "serving certificate": leafOf(t, serve(t, state)).NotBefore,
	} {
		if !got.Equal(want) {
			t.Errorf("%s is valid from %s, want %s", name, got, want)
		}
	}
}

func TestServingCertificateDoesNotOutliveItsAuthority(t *testing.T) {
	long := short
	long.ServingValidity = long.AuthorityValidity + time.Hour
	state, _, err := certificate.Renewal{Names: names, Lifetimes: long}.Renew(start)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := leafOf(t, serve(t, state)).NotAfter, state.Authorities[0].Certificate.NotAfter; !got.Equal(want) {
		t.Errorf("end of the serving certificate: want %s, got %s", want, got)
	}
}

func TestParseIgnoresCertificatesThatAreNotAuthorities(t *testing.T) {
	state := runAt(t, 0)
	secret := data(t, state)
	secret[certificate.DataAuthorities] = append(secret[certificate.DataAuthorities], state.Serving.Certificate...)
	if diff := cmp.Diff(string(state.CABundle()), string(certificate.Parse(secret).CABundle())); diff != "" {
		t.Errorf("bundle (-want +got):\n%s", diff)
	}
}
