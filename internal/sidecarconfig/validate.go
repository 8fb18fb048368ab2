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

// Bounds of a Config. The doc comments of its fields name them.
const (
	maxPorts          = 10
	maxEgress         = 32
	maxStatements     = 64
	maxStatementBytes = 2000
	maxContactBytes   = 256
	maxURLBytes       = 2048
	maxRepeatHours    = 8760
	maxWaitSeconds    = 86400
	maxLimitSeconds   = 900
	minLimitBytes     = 1 << 10
	maxRequestBytes   = 16 << 20
	maxResponseBytes  = 64 << 20
)

var (
	chatbotForm  = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$`)
	revisionForm = regexp.MustCompile(`^[!-~]{1,128}$`)
	portForm     = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$`)
	egressForm   = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	wordForm     = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,62}[a-z0-9])?$`)
	pathForm     = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$`)
)

// problems collects every value of one configuration that is out of bounds.
type problems []error

func (p *problems) add(path, format string, args ...any) {
	*p = append(*p, errors.New(path+" "+fmt.Sprintf(format, args...)))
}

// Validate returns nil, or one error that joins every value out of bounds, each with its JSON path.
func (c Config) Validate() error {
	var p problems
	if c.Version != Version {
		p.add("version", "is %d; this build reads %d", c.Version, Version)
	}
	if !chatbotForm.MatchString(c.Chatbot) {
		p.add("chatbot", "is %q, want namespace/name", c.Chatbot)
	}
	if !revisionForm.MatchString(c.Revision) {
		p.add("revision", "is %q, want 1 to 128 printable characters without spaces", c.Revision)
	}
	p.checkPorts(c.Ports)
	p.checkEgress(c.Egress)
	p.checkDisclose(c.Disclose)
	p.checkClosedSet("redact", c.Redact, Detectors())
	for i, category := range c.Unredacted {
		p.checkForm(fmt.Sprintf("unredacted[%d]", i), category, wordForm)
	}
	p.checkHandoff(c.Handoff)
	p.checkNotice(c.Notice)
	p.checkLimits(c.Limits)
	return errors.Join(p...)
}

func (p *problems) checkPorts(ports []Port) {
	if len(ports) == 0 || len(ports) > maxPorts {
		p.add("ports", "has %d entries, want 1 to %d", len(ports), maxPorts)
	}
	names, addresses := map[string]bool{}, map[string]bool{}
	for i, port := range ports {
		at := fmt.Sprintf("ports[%d]", i)
		p.checkForm(at+".name", port.Name, portForm)
		p.checkUnique(at+".name", port.Name, names)
		p.checkOneOf(at+".api", port.API, APIs())
		p.checkPath(at+".path", port.Path)
		p.checkListen(at+".listen", port.Listen)
		p.checkUnique(at+".listen", port.Listen, addresses)
		if port.Upstream == "" {
			continue
		}
		u := p.parseURL(at+".upstream", port.Upstream)
		if u != nil && (u.Path != "" || !isLoopback(u.Hostname())) {
			p.add(at+".upstream", "is %q, want http://127.0.0.1:port", port.Upstream)
		}
	}
}

func (p *problems) checkEgress(entries []Egress) {
	if len(entries) > maxEgress {
		p.add("egress", "has %d entries; the maximum is %d", len(entries), maxEgress)
	}
	names := map[string]bool{}
	for i, e := range entries {
		at := fmt.Sprintf("egress[%d]", i)
		p.checkForm(at+".name", e.Name, egressForm)
		p.checkUnique(at+".name", e.Name, names)
		p.checkOneOf(at+".api", e.API, APIs())
		p.checkPath(at+".path", e.Path)
		u := p.parseURL(at+".upstream", e.Upstream)
		if u != nil && u.Path != "" && u.Path != "/" && !pathForm.MatchString(strings.TrimSuffix(u.EscapedPath(), "/")) {
			p.add(at+".upstream", "has the path %q, want plain characters", u.Path)
		}
	}
}

func (p *problems) checkDisclose(d *Disclose) {
	if d == nil {
		return
	}
	if len(d.Placements) == 0 {
		p.add("disclose.placements", "is empty, want some of %s", joinNames(Placements()))
	}
	p.checkClosedSet("disclose.placements", d.Placements, Placements())
	if len(d.Statements) == 0 || len(d.Statements) > maxStatements {
		p.add("disclose.statements", "has %d entries, want 1 to %d", len(d.Statements), maxStatements)
	}
	for _, tag := range slices.Sorted(maps.Keys(d.Statements)) {
		text := d.Statements[tag]
		at := "disclose.statements." + tag
		if _, err := language.Parse(tag); err != nil {
			p.add(at, "is not a language tag (BCP 47)")
		}
		if text == "" {
			p.add(at, "is empty")
		}
		p.checkText(at, text, maxStatementBytes)
	}
	if _, ok := d.Statements[d.DefaultLanguage]; !ok {
		p.add("disclose.defaultLanguage", "is %q, which has no statement", d.DefaultLanguage)
	}
	p.checkBounds("disclose.repeatHours", int64(d.RepeatHours), 0, maxRepeatHours)
	p.checkClosedSet("disclose.marking", d.Marking, Markings())
}

func (p *problems) checkHandoff(h *Handoff) {
	if h == nil {
		return
	}
	p.checkOptionalURL("handoff.url", h.URL)
	if h.Mode != "" {
		p.checkForm("handoff.mode", h.Mode, wordForm)
	}
	p.checkBounds("handoff.maxWaitSeconds", int64(h.MaxWaitSeconds), 0, maxWaitSeconds)
	p.checkText("handoff.contact", h.Contact, maxContactBytes)
}

func (p *problems) checkNotice(n *Notice) {
	if n == nil {
		return
	}
	p.checkOptionalURL("notice.privacyNoticeURL", n.PrivacyNoticeURL)
	p.checkOptionalURL("notice.termsURL", n.TermsURL)
	p.checkOptionalURL("notice.withdrawalURL", n.WithdrawalURL)
}

func (p *problems) checkLimits(l Limits) {
	d := l.OrDefaults()
	p.checkBounds("limits.requestBytes", d.RequestBytes, minLimitBytes, maxRequestBytes)
	p.checkBounds("limits.responseBytes", d.ResponseBytes, minLimitBytes, maxResponseBytes)
	p.checkBounds("limits.firstByteSeconds", int64(d.FirstByteSeconds), 1, maxLimitSeconds)
	p.checkBounds("limits.idleSeconds", int64(d.IdleSeconds), 1, maxLimitSeconds)
}

// checkForm checks a value against wordForm or another form that allows the same characters, which the message states.
func (p *problems) checkForm(path, value string, form *regexp.Regexp) {
	if !form.MatchString(value) {
		p.add(path, "is %q, want lower-case letters, digits and dashes", value)
	}
}

func (p *problems) checkUnique(path, value string, seen map[string]bool) {
	if seen[value] {
		p.add(path, "is %q, which another entry already has", value)
	}
	seen[value] = true
}

func (p *problems) checkOneOf(path, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		p.add(path, "is %q, want one of %s", value, joinNames(allowed))
	}
}

func (p *problems) checkClosedSet(path string, values, allowed []string) {
	seen := map[string]bool{}
	for i, value := range values {
		at := fmt.Sprintf("%s[%d]", path, i)
		p.checkOneOf(at, value, allowed)
		p.checkUnique(at, value, seen)
	}
}

func (p *problems) checkPath(path, value string) {
	if !pathForm.MatchString(value) || len(value) > maxURLBytes {
		p.add(path, "is %q, want a plain path like /v1/chat/completions", value)
	}
}

func (p *problems) checkListen(path, value string) {
	address := value
	if strings.HasPrefix(value, ":") {
		address = "0.0.0.0" + value
	}
	parsed, err := netip.ParseAddrPort(address)
	if err != nil || parsed.Port() == 0 {
		p.add(path, "is %q, want :port or ip:port", value)
	}
}

// parseURL returns the parsed base URL. When it is invalid, parseURL adds a problem and returns nil.
func (p *problems) parseURL(path, value string) *url.URL {
	u, ok := parseWebURL(value)
	if !ok || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		p.add(path, "is not an http or https URL without user, query and fragment")
		return nil
	}
	return u
}

// checkOptionalURL accepts an empty value, and a link with query and fragment.
func (p *problems) checkOptionalURL(path, value string) {
	if value == "" {
		return
	}
	if _, ok := parseWebURL(value); !ok {
		p.add(path, "is not an http or https URL in plain ASCII")
	}
}

// parseWebURL accepts only URLs that need no escapes in a Link header.
func parseWebURL(value string) (*url.URL, bool) {
	if len(value) > maxURLBytes || strings.ContainsFunc(value, isNotPlain) {
		return nil, false
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return nil, false
	}
	return u, u.Scheme == "http" || u.Scheme == "https"
}

func isNotPlain(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune("<>\"\\", r)
}

func (p *problems) checkBounds(path string, value, low, high int64) {
	if value < low || value > high {
		p.add(path, "is %d, want %d to %d", value, low, high)
	}
}

func (p *problems) checkText(path, value string, limit int) {
	if len(value) > limit {
		p.add(path, "has %d bytes; the maximum is %d", len(value), limit)
	}
	if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		p.add(path, "contains control characters or is not UTF-8")
	}
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

func joinNames(values []string) string {
	return strings.Join(values, ", ")
}
