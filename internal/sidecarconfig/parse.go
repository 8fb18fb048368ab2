package sidecarconfig

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	kjson "sigs.k8s.io/json"
)

// hashedRevision replaces the policy revision in each configuration that Hash hashes, so that the hash does not depend on the revision.
const hashedRevision = "-"

// maxFileBytes is the largest file that Parse reads: a ConfigMap cannot hold more.
const maxFileBytes = 1 << 20

// Parse decodes the content of the file strictly. Unknown fields, duplicate fields, values out of bounds, unknown detectors and
// placements, bad addresses, and data after the document are errors. An error about a field names its JSON path (`ports[0].shape`), a syntax
// error the byte. Parse reports all unknown and duplicate fields together. If there are none, it reports all values out of bounds together.
// It leaves zero limits zero (see Limits.OrDefaults).
func Parse(data []byte) (Config, error) {
	if len(data) > maxFileBytes {
		return Config{}, fmt.Errorf("the file has %d bytes; the maximum is %d", len(data), maxFileBytes)
	}
	var c Config
	strictErrs, err := kjson.UnmarshalStrict(data, &c)
	if err != nil {
		return Config{}, describeDecodeError(err)
	}
	if err := errors.Join(strictErrs...); err != nil {
		return Config{}, err
	}
	if err := c.Validate(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// describeDecodeError returns an error that names the field with a value of the wrong type, or the position of a syntax error.
func describeDecodeError(err error) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		field := wrongType.Field
		if field == "" {
			field = "the document"
		}
		return fmt.Errorf("%s is a JSON %s; it must be of type %s", field, wrongType.Value, wrongType.Type)
	}
	if isSyntax, offset := kjson.SyntaxErrorOffset(err); isSyntax {
		return fmt.Errorf("not JSON at byte %d: %w", offset, err)
	}
	return fmt.Errorf("not JSON: %w", err)
}

// Marshal returns the configuration as canonical JSON: fields in the order of the Go type, sets sorted and without duplicates, two
// spaces of indentation, a line feed at the end. Equal settings give equal bytes. For an invalid configuration it returns the error
// of Validate.
func (c Config) Marshal() ([]byte, error) {
	c.Redact = toSet(c.Redact)
	c.Unredacted = toSet(c.Unredacted)
	c.RedactPlaces, c.RedactLanguages = toSet(c.RedactPlaces), toSet(c.RedactLanguages)
	if c.Disclose != nil {
		// Change a copy: the caller shares c.Disclose.
		d := *c.Disclose
		d.Placements = toSet(d.Placements)
		d.Marking = toSet(d.Marking)
		c.Disclose = &d
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(c); err != nil {
		return nil, fmt.Errorf("encode configuration: %w", err)
	}
	return out.Bytes(), nil
}

// Hash identifies what a sidecar executes. It returns the first 16 hexadecimal digits of the SHA-256 of the canonical JSON. Hash replaces
// the policy revision by hashedRevision first, so files that differ only in the revision have the same hash. If Parse refuses the file,
// Hash uses the bytes of the file as they are. The annotation `chaperone.dev/config-hash`, audit records and the sidecar's /config-status
// show the hash.
func Hash(data []byte) string {
	if config, err := Parse(data); err == nil {
		config.Revision = hashedRevision
		if canonical, err := config.Marshal(); err == nil {
			data = canonical
		}
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])[:16]
}

// toSet returns the values sorted and without duplicates. The result is never nil, which JSON would show as null.
func toSet(values []string) []string {
	set := append([]string{}, values...)
	slices.Sort(set)
	return slices.Compact(set)
}
