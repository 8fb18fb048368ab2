package sidecarconfig

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

const (
	maxPorts      = 10
	maxEgress     = 32
	maxStatements = 64
	maxStatement  = 2000
	maxContact    = 256
	maxURL        = 2048
	maxHours      = 8760
	maxWait       = 86400
	maxSeconds    = 900
	minBytes      = 1 << 10
)

var (
	chatbotForm  = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$`)
	revisionForm = regexp.MustCompile(`^[!-~]{1,128}$`)
	portForm     = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$`)
	egressForm   = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	wordForm     = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,62}[a-z0-9])?$`)
	pathForm     = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$`)
)

// problems collects every broken bound of one configuration.
type problems []error

func (p *problems) add(path, format string, args ...any) {
	*p = append(*p, errors.New(path+" "+fmt.Sprintf(format, args...)))
}

// Validate returns nil, or one error that joins every broken bound, each with its JSON path.
func (c Config) Validate() error {
	var p problems
	if c.Version != Version {
		p.add("version", "is %d, this build reads %d", c.Version, Version)
	}
	if !chatbotForm.MatchString(c.Chatbot) {
		p.add("chatbot", "is %q, want namespace/name", c.Chatbot)
	}
	if !revisionForm.MatchString(c.Revision) {
		p.add("revision", "is %q, want 1 to 128 printable characters without spaces", c.Revision)
	}
	p.ports(c.Ports)
	p.egress(c.Egress)
	p.disclose(c.Disclose)
	p.closedSet("redact", c.Redact, Detectors())
	for i, category := range c.Unredacted {
		p.form(fmt.Sprintf("unredacted[%d]", i), category, wordForm)
	}
	p.handoff(c.Handoff)
	p.notice(c.Notice)
	p.limits(c.Limits)
	return errors.Join(p...)
}

func (p *problems) ports(ports []Port) {
	if len(ports) == 0 || len(ports) > maxPorts {
		p.add("ports", "has %d entries, want 1 to %d", len(ports), maxPorts)
	}
	names, addresses := map[string]bool{}, map[string]bool{}
	for i, port := range ports {
		at := fmt.Sprintf("ports[%d]", i)
		p.form(at+".name", port.Name, portForm)
		p.once(at+".name", port.Name, names)
		p.oneOf(at+".api", port.API, APIs())
		p.path(at+".path", port.Path)
		p.listen(at+".listen", port.Listen)
		p.once(at+".listen", port.Listen, addresses)
		if port.Upstream == "" {
			continue
		}
		u := p.url(at+".upstream", port.Upstream)
		if u != nil && (u.Path != "" || !loopback(u.Hostname())) {
			p.add(at+".upstream", "is %q, want http://127.0.0.1:port", port.Upstream)
		}
	}
}

func (p *problems) egress(entries []Egress) {
	if len(entries) > maxEgress {
		p.add("egress", "has %d entries, at most %d are allowed", len(entries), maxEgress)
	}
	names := map[string]bool{}
	for i, e := range entries {
		at := fmt.Sprintf("egress[%d]", i)
		p.form(at+".name", e.Name, egressForm)
		p.once(at+".name", e.Name, names)
		p.oneOf(at+".api", e.API, APIs())
		p.path(at+".path", e.Path)
		u := p.url(at+".upstream", e.Upstream)
		if u != nil && u.Path != "" && u.Path != "/" && !pathForm.MatchString(strings.TrimSuffix(u.EscapedPath(), "/")) {
			p.add(at+".upstream", "has the path %q, want plain characters", u.Path)
		}
	}
}

func (p *problems) disclose(d *Disclose) {
	if d == nil {
		return
	}
	if len(d.Placements) == 0 {
		p.add("disclose.placements", "is empty, want some of %s", list(Placements()))
	}
	p.closedSet("disclose.placements", d.Placements, Placements())
	if len(d.Statements) == 0 || len(d.Statements) > maxStatements {
		p.add("disclose.statements", "has %d entries, want 1 to %d", len(d.Statements), maxStatements)
	}
	for _, tag := range slices.Sorted(maps.Keys(d.Statements)) {
		text := d.Statements[tag]
		at := "disclose.statements." + tag
		if _, err := language.Parse(tag); err != nil {
			p.add(at, "is no language tag (BCP 47)")
		}
		if text == "" {
			p.add(at, "is empty")
		}
		p.text(at, text, maxStatement)
	}
	if _, ok := d.Statements[d.DefaultLanguage]; !ok {
		p.add("disclose.defaultLanguage", "is %q, which has no statement", d.DefaultLanguage)
	}
	p.bounds("disclose.repeatHours", int64(d.RepeatHours), 0, maxHours)
	p.closedSet("disclose.marking", d.Marking, Markings())
}

func (p *problems) handoff(h *Handoff) {
	if h == nil {
		return
	}
	p.optionalURL("handoff.url", h.URL)
	if h.Mode != "" {
		p.form("handoff.mode", h.Mode, wordForm)
	}
	p.bounds("handoff.maxWaitSeconds", int64(h.MaxWaitSeconds), 0, maxWait)
	p.text("handoff.contact", h.Contact, maxContact)
}

func (p *problems) notice(n *Notice) {
	if n == nil {
		return
	}
	p.optionalURL("notice.privacyNoticeURL", n.PrivacyNoticeURL)
	p.optionalURL("notice.termsURL", n.TermsURL)
	p.optionalURL("notice.withdrawalURL", n.WithdrawalURL)
}

func (p *problems) limits(l Limits) {
	d := l.OrDefaults()
	p.bounds("limits.requestBytes", d.RequestBytes, minBytes, 16<<20)
	p.bounds("limits.responseBytes", d.ResponseBytes, minBytes, 64<<20)
	p.bounds("limits.firstByteSeconds", int64(d.FirstByteSeconds), 1, maxSeconds)
	p.bounds("limits.idleSeconds", int64(d.IdleSeconds), 1, maxSeconds)
}

func (p *problems) form(path, value string, form *regexp.Regexp) {
	if !form.MatchString(value) {
		p.add(path, "is %q, want lower-case letters, digits and dashes", value)
	}
}

func (p *problems) once(path, value string, seen map[string]bool) {
	if seen[value] {
		p.add(path, "is %q, which another entry has too", value)
	}
	seen[value] = true
}

func (p *problems) oneOf(path, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		p.add(path, "is %q, want one of %s", value, list(allowed))
	}
}

func (p *problems) closedSet(path string, values, allowed []string) {
	seen := map[string]bool{}
	for i, value := range values {
		at := fmt.Sprintf("%s[%d]", path, i)
		p.oneOf(at, value, allowed)
		p.once(at, value, seen)
	}
}

func (p *problems) path(path, value string) {
	if !pathForm.MatchString(value) || len(value) > maxURL {
		p.add(path, "is %q, want a plain path like /v1/chat/completions", value)
	}
}

func (p *problems) listen(path, value string) {
	address := value
	if strings.HasPrefix(value, ":") {
		address = "0.0.0.0" + value
	}
	parsed, err := netip.ParseAddrPort(address)
	if err != nil || parsed.Port() == 0 {
		p.add(path, "is %q, want :port or ip:port", value)
	}
}

// url returns the parsed base URL, or nil after it has added the problem.
func (p *problems) url(path, value string) *url.URL {
	u, ok := webURL(value)
	if !ok || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		p.add(path, "is no http or https URL without user, query and fragment")
		return nil
	}
	return u
}

// optionalURL accepts an empty value, and a link with query and fragment.
func (p *problems) optionalURL(path, value string) {
	if value == "" {
		return
	}
	if _, ok := webURL(value); !ok {
		p.add(path, "is no http or https URL in plain ASCII")
	}
}

// webURL admits only what can stand in a Link header without escapes.
func webURL(value string) (*url.URL, bool) {
	if len(value) > maxURL || strings.ContainsFunc(value, notPlain) {
		return nil, false
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return nil, false
	}
	return u, u.Scheme == "http" || u.Scheme == "https"
}

func notPlain(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune("<>\"\\", r)
}

func (p *problems) bounds(path string, value, low, high int64) {
	if value < low || value > high {
		p.add(path, "is %d, want %d to %d", value, low, high)
	}
}

func (p *problems) text(path, value string, limit int) {
	if len(value) > limit {
		p.add(path, "has %d bytes, at most %d are allowed", len(value), limit)
	}
	if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		p.add(path, "holds control characters or is not UTF-8")
	}
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

func list(values []string) string {
	return strings.Join(values, ", ")
}
