// Package obligation has one type for each kind of obligation: a requirement that Chaperone carries out, or shows to people, while the
// chatbot runs.
//
// Each field with the tag `dimension` holds one dimension of the legal data. The type of the field determines the type of the value (a
// level, a limit, a list) and whether this version of Chaperone carries the value out (Executed) or only shows it in status and reports
// (Shown). To add a dimension, add a field.
package obligation

import (
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
)

// Set holds the obligations of one chatbot. The zero value requires nothing.
type Set struct {
	Consent        Consent        `kind:"consent"`
	Disclose       Disclose       `kind:"disclose"`
	Handoff        Handoff        `kind:"handoff"`
	Notice         Notice         `kind:"notice"`
	Record         Record         `kind:"record"`
	Redact         Redact         `kind:"redact"`
	RestrictEgress RestrictEgress `kind:"restrict-egress"`
	Retain         Retain         `kind:"retain"`
	Rights         Rights         `kind:"rights"`
	Suspend        Suspend        `kind:"suspend"`
	Workload       Workload       `kind:"workload"`
}

// Value is the type of a merged value: a flag (bool), a level (string), a limit (int), a list, a list of lists of alternatives, or a list
// for each code.
type Value interface {
	bool | string | int | []string | [][]string | map[string][]string
}

// Merged is the value of one dimension, merged over all codes of a declaration. It is zero when neither a law nor the declaration (Suspend)
// sets it.
type Merged[T Value] struct {
	// Required is false when nothing sets the dimension.
	Required bool
	Value    T
	// Sources are the laws that set the value, sorted.
	Sources []legal.Source
}

// Executed is a merged value that this version carries out.
type Executed[T Value] struct{ Merged[T] }

// Shown is a merged value that this version only shows in status and reports. The team that runs the chatbot must carry it out. The tag
// `executed` of a field lists the levels that this version carries out all the same.
type Shown[T Value] struct{ Merged[T] }
