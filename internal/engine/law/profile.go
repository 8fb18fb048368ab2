package law

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// FromOrganisation marks what comes from an organisation instead of the legal data: as the confidence of a point from a
// JurisdictionProfile, and as the code of a source that is a GovernancePolicy.
const FromOrganisation = "organisation"

// NewPoint returns the point that a value of a JurisdictionProfile adds to the law. It has the form of a point of the legal data, but
// no act, and it may have the additional members `url` and `replaces`. The error lists every fault; each begins with the field, the path of
// the value (`spec.values[0]`).
func (d *Data) NewPoint(v *v1alpha1.ProfileValue, field string) (map[string]any, error) {
	f := &faults{place: field}
	dimension, ok := d.Dimensions.Dimensions[string(v.Dimension)]
	if !ok {
		f.add("dimension %q is not known: use one of %s", v.Dimension, strings.Join(slices.Sorted(maps.Keys(d.Dimensions.Dimensions)), ", "))
		return nil, errors.Join(f.errs...)
	}
	value := f.decodeJSON("value", v.Value.Raw)
	f.checkValue(dimension, value)
	point := map[string]any{
		"dimension": string(v.Dimension), "value": value, "article": v.Reference, "confidence": FromOrganisation,
	}
	if v.When != nil {
		point["when"] = f.readConditions(f.decodeJSON("when", v.When.Raw), d)
	}
	f.checkDates(string(v.From), string(v.Until))
	for key, text := range map[string]string{"from": string(v.From), "until": string(v.Until), "url": string(v.URL)} {
		if text != "" {
			point[key] = text
		}
	}
	if v.Replaces {
		point["replaces"] = true
	}
	return point, errors.Join(f.errs...)
}

// decodeJSON decodes the JSON text of a field of a profile. If the text is not JSON, decodeJSON adds a fault and returns nil.
func (f *faults) decodeJSON(field string, raw []byte) any {
	value, err := DecodeJSON(raw)
	if err != nil {
		f.add("%s is not JSON: %v", field, err)
	}
	return value
}

// readConditions checks the decoded member `when` of a profile's value, and returns it as a map from the name of each condition to the
// value of the condition.
func (f *faults) readConditions(when any, data *Data) map[string]any {
	read, ok := when.(map[string]any)
	if !ok {
		f.add("when must map conditions to their values")
	}
	for _, key := range slices.Sorted(maps.Keys(read)) {
		f.checkCondition(key, read[key], data)
	}
	return read
}

// DecodeJSON decodes one JSON value. Numbers become json.Number and keep their form. It returns an error if anything but white space follows.
func DecodeJSON(content []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	// Ask for the next token and not for decoder.More, which takes a closing bracket for the end of a list or object around the value.
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("text follows the JSON value")
	}
	return value, nil
}
