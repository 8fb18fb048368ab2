package sidecarconfig

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// maxBytes bounds the file: a ConfigMap cannot hold more.
const maxBytes = 1 << 20

// Parse reads the file strictly. Unknown or doubled members, values out of bounds, unknown detectors, interfaces and
// placements, bad addresses and anything after the document are errors; each names its JSON path (`ports[0].api`), and all
// broken bounds are reported together. Zero limits are left zero (see Limits.OrDefaults).
func Parse(data []byte) (Config, error) {
	if len(data) > maxBytes {
		return Config{}, fmt.Errorf("the file has %d bytes, at most %d are read", len(data), maxBytes)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := members(dec, reflect.TypeFor[Config](), ""); err != nil {
		return Config{}, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Config{}, fmt.Errorf("data after the end of the document at byte %d", dec.InputOffset())
	}
	var c Config
	if err := json.Unmarshal(data, &c); err != nil {
		return Config{}, typeError(err)
	}
	if err := c.Validate(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// Marshal returns the canonical form: members in the order of the type, sets sorted and without doubles, two spaces of
// indent, a line feed at the end. The same settings always give the same bytes. It returns the error of Validate when the
// configuration is not valid.
func (c Config) Marshal() ([]byte, error) {
	c.Redact = set(c.Redact)
	if c.Unredacted = set(c.Unredacted); len(c.Unredacted) == 0 {
		c.Unredacted = nil
	}
	if c.Disclose != nil {
		d := *c.Disclose
		d.Placements = set(d.Placements)
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

// Hash returns the first 16 hexadecimal digits of the SHA-256 of the file's bytes, as it stands in the annotation
// `chaperone.dev/config-hash`, in audit records and on the sidecar's status page.
func Hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])[:16]
}

func set(values []string) []string {
	out := append([]string{}, values...)
	slices.Sort(out)
	return slices.Compact(out)
}

// members walks the document beside the type, because encoding/json neither says where an unknown member stands nor
// refuses a doubled one. It descends no deeper than the type does.
func members(dec *json.Decoder, t reflect.Type, path string) error {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	token, err := dec.Token()
	if err != nil {
		return syntaxError(err, dec.InputOffset())
	}
	switch token {
	case json.Delim('{'):
		return object(dec, t, path)
	case json.Delim('['):
		return array(dec, t, path)
	}
	return nil
}

func object(dec *json.Decoder, t reflect.Type, path string) error {
	if t.Kind() != reflect.Struct && t.Kind() != reflect.Map {
		return fmt.Errorf("%s is an object, not a %s", place(path), t)
	}
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return syntaxError(err, dec.InputOffset())
		}
		name, _ := token.(string)
		at := join(path, name)
		if seen[name] {
			return fmt.Errorf("%s is given twice", at)
		}
		seen[name] = true
		member, known := memberType(t, name)
		if !known {
			return fmt.Errorf("%s is not a known field", at)
		}
		if err := members(dec, member, at); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return syntaxError(err, dec.InputOffset())
}

func array(dec *json.Decoder, t reflect.Type, path string) error {
	if t.Kind() != reflect.Slice {
		return fmt.Errorf("%s is an array, not a %s", place(path), t)
	}
	for i := 0; dec.More(); i++ {
		if err := members(dec, t.Elem(), fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return syntaxError(err, dec.InputOffset())
}

func memberType(t reflect.Type, name string) (reflect.Type, bool) {
	if t.Kind() == reflect.Map {
		return t.Elem(), true
	}
	for field := range t.Fields() {
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if tag == name {
			return field.Type, true
		}
	}
	return nil, false
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func place(path string) string {
	if path == "" {
		return "the document"
	}
	return path
}

func syntaxError(err error, offset int64) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return errors.New("the document ends early")
	}
	return fmt.Errorf("not JSON near byte %d: %w", offset, err)
}

func typeError(err error) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return fmt.Errorf("not JSON: %w", err)
	}
	return fmt.Errorf("%s is a %s, not a %s", place(wrong.Field), wrong.Value, wrong.Type)
}
