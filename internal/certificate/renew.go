package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// Renewal is the input of Renew.
type Renewal struct {
	// State is the content of the Secret.
	State State
	// Names are the names for which the serving certificate must be valid.
	Names Names
	// Published means that every webhook configuration that exists contains the newest authority of State.
	Published bool
	// Lifetimes are the periods of issue and renewal.
	Lifetimes Lifetimes
}

// Renew returns the desired state at the given time, and the time of the next check. It returns State unchanged when nothing is
// due. It fails only when the random source does.
func (r Renewal) Renew(now time.Time) (State, time.Time, error) {
	authorities, err := r.planAuthorities(now)
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
	return next, r.planNextCheck(next, now), nil
}

// planAuthorities returns the authorities to publish, newest first. It removes those that no valid certificate needs, and adds a
// new one when the newest cannot sign or ends soon.
func (r Renewal) planAuthorities(now time.Time) ([]Authority, error) {
	var needed []Authority
	for i, a := range r.State.Authorities {
		superseded := i > 0 && !now.Before(r.removalTime(r.State.Authorities[i-1]))
		if !superseded && now.Before(a.Certificate.NotAfter) {
			needed = append(needed, a)
		}
	}
	if len(needed) > 0 && needed[0].Key != nil && now.Before(r.replacementTime(needed[0])) {
		return needed, nil
	}
	created, err := newAuthority(now, r.Lifetimes.AuthorityValidity)
	if err != nil {
		return nil, err
	}
	// A superseded authority never signs again.
	for i := range needed {
		needed[i].Key = nil
	}
	return slices.Insert(needed, 0, created), nil
}

// replacementTime returns when Renew creates a successor of the authority.
func (r Renewal) replacementTime(a Authority) time.Time {
	return a.Certificate.NotAfter.Add(-r.Lifetimes.AuthorityRenewBefore)
}

// signingTime returns when the authority has been published long enough to sign.
func (r Renewal) signingTime(a Authority) time.Time {
	return readIssueTime(a.Certificate).Add(r.Lifetimes.Propagation)
}

// removalTime returns when everything that the predecessors of the authority signed has expired.
func (r Renewal) removalTime(successor Authority) time.Time {
	return r.signingTime(successor).Add(r.Lifetimes.ServingValidity)
}

// mustIssue reports whether a new serving certificate is due. A certificate that API servers cannot use is replaced at once. A
// valid one is replaced only after the newest authority has been published long enough.
func (r Renewal) mustIssue(authorities []Authority, now time.Time) bool {
	leaf, err := verifyServing(r.State.Serving, authorities, r.Names, now)
	if err != nil {
		return true
	}
	due := !now.Before(r.renewalTime(leaf)) || leaf.CheckSignatureFrom(authorities[0].Certificate) != nil
	return due && r.Published && !now.Before(r.signingTime(authorities[0]))
}

// renewalTime returns when the serving certificate is replaced.
func (r Renewal) renewalTime(leaf *x509.Certificate) time.Time {
	return leaf.NotAfter.Add(-r.Lifetimes.ServingRenewBefore)
}

// planNextCheck returns the earliest time after now at which Renew can change something.
func (r Renewal) planNextCheck(s State, now time.Time) time.Time {
	times := []time.Time{r.replacementTime(s.Authorities[0]), r.signingTime(s.Authorities[0])}
	for i := 1; i < len(s.Authorities); i++ {
		times = append(times, r.removalTime(s.Authorities[i-1]), s.Authorities[i].Certificate.NotAfter)
	}
	if leaf, err := verifyServing(s.Serving, s.Authorities, r.Names, now); err == nil {
		times = append(times, r.renewalTime(leaf))
	}
	times = slices.DeleteFunc(times, func(t time.Time) bool { return !t.After(now) })
	// No such time means that a change is due and waits for the publication of the authority.
	if len(times) == 0 {
		return now.Add(r.Lifetimes.Propagation)
	}
	return slices.MinFunc(times, time.Time.Compare)
}

// verifyServing returns the serving certificate if it belongs to the key, verifies against an authority, and covers all names.
func verifyServing(serving Pair, authorities []Authority, names Names, now time.Time) (*x509.Certificate, error) {
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
	for _, name := range append(slices.Clone(names.DNS), listAddresses(names)...) {
		if err := pair.Leaf.VerifyHostname(name); err != nil {
			return nil, fmt.Errorf("verify serving certificate: %w", err)
		}
	}
	return pair.Leaf, nil
}

func listAddresses(names Names) []string {
	texts := make([]string, 0, len(names.IPs))
	for _, ip := range names.IPs {
		texts = append(texts, ip.String())
	}
	return texts
}
