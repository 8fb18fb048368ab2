package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"time"
)

// Renewal holds the facts from which Renew decides what to issue.
type Renewal struct {
	// State is the present content of the Secret.
	State State
	// Names are the names for which the serving certificate must be valid.
	Names Names
	// PublishedSince is the time since which every webhook configuration contains the newest authority of State; zero if one does not.
	PublishedSince time.Time
	// Lifetimes says for how long certificates are valid, and how long before the end they are renewed.
	Lifetimes Lifetimes
}

// Renew returns the desired state at the time now, and the time of the next check. If nothing is due, the desired state equals State. Renew
// returns an error only if the random source does, or if a certificate cannot hold one of the Names.
func (r Renewal) Renew(now time.Time) (desired State, nextCheck time.Time, err error) {
	authorities, err := r.planAuthorities(now)
	if err != nil {
		return State{}, time.Time{}, err
	}
	desired = State{Authorities: authorities, Serving: r.State.Serving}
	newest := authorities[0]
	if r.mustIssue(authorities, now) {
		if desired.Serving, err = newest.issue(r.Names, now, r.Lifetimes.ServingValidity); err != nil {
			return State{}, time.Time{}, err
		}
	}
	return desired, r.planNextCheck(desired, now), nil
}

// planAuthorities returns the authorities to publish, newest first. It removes expired ones and those whose serving certificates have all
// expired. It adds a new authority if there is none, or if the newest one has no key or will expire soon.
func (r Renewal) planAuthorities(now time.Time) ([]Authority, error) {
	var needed []Authority
	for i, a := range r.State.Authorities {
		// The list is sorted newest first, so the authority before this one is its successor.
		isObsolete := i > 0 && !now.Before(r.removalTime(r.State.Authorities[i-1]))
		if !isObsolete && now.Before(a.Certificate.NotAfter) {
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
	// An old authority never signs again.
	for i := range needed {
		needed[i].Key = nil
	}
	return slices.Insert(needed, 0, created), nil
}

// replacementTime returns the time from which Renew creates a successor of the authority.
func (r Renewal) replacementTime(a Authority) time.Time {
	return a.Certificate.NotAfter.Add(-r.Lifetimes.AuthorityRenewBefore)
}

// signingTime returns the earliest time at which an authority that is published at once replaces a valid serving certificate: the period
// Propagation after its issue, in which API servers learn about it.
func (r Renewal) signingTime(a Authority) time.Time {
	return readIssueTime(a.Certificate).Add(r.Lifetimes.Propagation)
}

// isPropagated reports whether API servers know the newest authority of State: it has been published for the period Propagation.
func (r Renewal) isPropagated(now time.Time) bool {
	return !r.PublishedSince.IsZero() && !now.Before(r.PublishedSince.Add(r.Lifetimes.Propagation))
}

// removalTime returns the time from which the predecessors of the authority are not needed: all certificates that they signed have expired.
func (r Renewal) removalTime(successor Authority) time.Time {
	return r.signingTime(successor).Add(r.Lifetimes.ServingValidity)
}

// mustIssue reports whether Renew must issue a serving certificate now. An invalid certificate is replaced at once. A valid certificate
// that ends soon, or that an old authority signed, is replaced as soon as every webhook configuration has had the newest authority for the
// period Propagation.
func (r Renewal) mustIssue(authorities []Authority, now time.Time) bool {
	serving, err := verifyServing(r.State.Serving, authorities, r.Names, now)
	if err != nil {
		return true
	}
	newest := authorities[0]
	endsSoon := !now.Before(r.renewalTime(serving))
	isSignedByNewest := serving.CheckSignatureFrom(newest.Certificate) == nil
	// The newest authority can be one that planAuthorities has just added. PublishedSince, and so isPropagated, is then about an older one:
	// only signingTime keeps the new one from signing at once.
	mayNewestSign := r.isPropagated(now) && !now.Before(r.signingTime(newest))
	return (endsSoon || !isSignedByNewest) && mayNewestSign
}

// renewalTime returns the time from which Renew replaces the serving certificate.
func (r Renewal) renewalTime(serving *x509.Certificate) time.Time {
	return serving.NotAfter.Add(-r.Lifetimes.ServingRenewBefore)
}

// planNextCheck returns the earliest time after now at which Renew can change the state s because time has passed. It does not plan for a
// change that waits for the publication of the newest authority: the caller must call Renew again when PublishedSince is set.
func (r Renewal) planNextCheck(s State, now time.Time) time.Time {
	times := []time.Time{r.replacementTime(s.Authorities[0]), r.signingTime(s.Authorities[0])}
	if !r.PublishedSince.IsZero() {
		times = append(times, r.PublishedSince.Add(r.Lifetimes.Propagation))
	}
	for i := 1; i < len(s.Authorities); i++ {
		times = append(times, r.removalTime(s.Authorities[i-1]), s.Authorities[i].Certificate.NotAfter)
	}
	if serving, err := verifyServing(s.Serving, s.Authorities, r.Names, now); err == nil {
		times = append(times, r.renewalTime(serving))
	}
	times = slices.DeleteFunc(times, func(t time.Time) bool { return !t.After(now) })
	// With valid Lifetimes, the replacement of the newest authority is always in the future. This only guards against an empty list.
	if len(times) == 0 {
		return now.Add(r.Lifetimes.Propagation)
	}
	return slices.MinFunc(times, time.Time.Compare)
}

// verifyServing returns the serving certificate if its key fits, if it is valid now, if one of the authorities signed it, and if it covers
// all names. Otherwise it returns an error.
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
	for _, name := range append(slices.Clone(names.DNS), formatIPs(names.IPs)...) {
		if err := pair.Leaf.VerifyHostname(name); err != nil {
			return nil, fmt.Errorf("verify serving certificate: %w", err)
		}
	}
	return pair.Leaf, nil
}

func formatIPs(ips []net.IP) []string {
	texts := make([]string, 0, len(ips))
	for _, ip := range ips {
		texts = append(texts, ip.String())
	}
	return texts
}
