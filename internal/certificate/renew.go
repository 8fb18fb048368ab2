package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// Renewal is everything that a renewal depends on.
type Renewal struct {
	// State is what the Secret holds now.
	State State
	// Names are what the serving certificate must be valid for.
	Names Names
	// Published is true when every webhook configuration that exists already holds the newest authority of State.
	Published bool
	// Lifetimes are the periods of issue and renewal.
	Lifetimes Lifetimes
}

// Renew returns the state that should hold at the given time, and when to look again. State that needs no change is
// returned as it is. Errors come from the random source only.
func (r Renewal) Renew(now time.Time) (State, time.Time, error) {
	authorities, err := r.authorities(now)
	if err != nil {
		return State{}, time.Time{}, err
	}
	next := State{Authorities: authorities, Serving: r.State.Serving}
	newest := authorities[0]
	if r.mustIssue(authorities, now) {
		if next.Serving, err = newest.issue(r.Names, now, r.Lifetimes.ServingValidity); err != nil {
			return State{}, time.Time{}, err
		}
	}
	return next, r.lookAgain(next, now), nil
}

// authorities returns the authorities to publish: without those that nobody needs any more, and with a new one in front
// when the newest cannot sign or ends soon.
func (r Renewal) authorities(now time.Time) ([]Authority, error) {
	var kept []Authority
	for i, a := range r.State.Authorities {
		superseded := i > 0 && !now.Before(r.dropAt(r.State.Authorities[i-1]))
		if !superseded && now.Before(a.Certificate.NotAfter) {
			kept = append(kept, a)
		}
	}
	if len(kept) > 0 && kept[0].Key != nil && now.Before(r.replaceAt(kept[0])) {
		return kept, nil
	}
	created, err := newAuthority(now, r.Lifetimes.AuthorityValidity)
	if err != nil {
		return nil, err
	}
	// A superseded authority never signs again, so its key is not kept.
	for i := range kept {
		kept[i].Key = nil
	}
	return slices.Insert(kept, 0, created), nil
}

// replaceAt is when a successor of the authority is created.
func (r Renewal) replaceAt(a Authority) time.Time {
	return a.Certificate.NotAfter.Add(-r.Lifetimes.AuthorityRenewBefore)
}

// signsFrom is when the authority has been published long enough to sign.
func (r Renewal) signsFrom(a Authority) time.Time {
	return issued(a.Certificate).Add(r.Lifetimes.Propagation)
}

// dropAt is when everything that predecessors of the authority signed has expired.
func (r Renewal) dropAt(successor Authority) time.Time {
	return r.signsFrom(successor).Add(r.Lifetimes.ServingValidity)
}

// mustIssue reports whether a new serving certificate is due. One that API servers cannot use is replaced at once; one that
// still works waits until the newest authority is known to them.
func (r Renewal) mustIssue(authorities []Authority, now time.Time) bool {
	leaf, err := usable(r.State.Serving, authorities, r.Names, now)
	if err != nil {
		return true
	}
	due := !now.Before(r.renewAt(leaf)) || leaf.CheckSignatureFrom(authorities[0].Certificate) != nil
	return due && r.Published && !now.Before(r.signsFrom(authorities[0]))
}

// renewAt is when the serving certificate is replaced.
func (r Renewal) renewAt(leaf *x509.Certificate) time.Time {
	return leaf.NotAfter.Add(-r.Lifetimes.ServingRenewBefore)
}

// lookAgain is the earliest time after now at which Renew would change something.
func (r Renewal) lookAgain(s State, now time.Time) time.Time {
	times := []time.Time{r.replaceAt(s.Authorities[0]), r.signsFrom(s.Authorities[0])}
	for i := 1; i < len(s.Authorities); i++ {
		times = append(times, r.dropAt(s.Authorities[i-1]), s.Authorities[i].Certificate.NotAfter)
	}
	if leaf, err := usable(s.Serving, s.Authorities, r.Names, now); err == nil {
		times = append(times, r.renewAt(leaf))
	}
	times = slices.DeleteFunc(times, func(t time.Time) bool { return !t.After(now) })
	// Nothing ahead means that something is due and waits for its publication.
	if len(times) == 0 {
		return now.Add(r.Lifetimes.Propagation)
	}
	return slices.MinFunc(times, time.Time.Compare)
}

// usable returns the serving certificate if its key fits, an authority vouches for it now, and it is valid for all names.
func usable(serving Pair, authorities []Authority, names Names, now time.Time) (*x509.Certificate, error) {
	pair, err := tls.X509KeyPair(serving.Certificate, serving.Key)
	if err != nil {
		return nil, fmt.Errorf("read serving certificate: %w", err)
	}
	roots := x509.NewCertPool()
	for _, a := range authorities {
		roots.AddCert(a.Certificate)
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now}); err != nil {
		return nil, fmt.Errorf("verify serving certificate: %w", err)
	}
	for _, name := range append(slices.Clone(names.DNS), addresses(names)...) {
		if err := pair.Leaf.VerifyHostname(name); err != nil {
			return nil, fmt.Errorf("verify serving certificate: %w", err)
		}
	}
	return pair.Leaf, nil
}

func addresses(names Names) []string {
	texts := make([]string, 0, len(names.IPs))
	for _, ip := range names.IPs {
		texts = append(texts, ip.String())
	}
	return texts
}
