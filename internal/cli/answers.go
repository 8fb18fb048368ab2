package cli

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/starter"
)

// answer is a value of --set, or of a flag that stands for one.
type answer struct {
	// draft is the name of the draft that the answer is for, with or without its namespace; empty for all drafts of the file.
	draft string
	// field is the path below spec, and value the value in YAML.
	field, value string
}

// parseAnswer parses a value of --set: FIELD=VALUE or DRAFT:FIELD=VALUE. No field has a colon.
func parseAnswer(text string) (answer, error) {
	target, value, hasValue := strings.Cut(text, "=")
	draft, field, isNamed := strings.Cut(target, ":")
	if !isNamed {
		draft, field = "", target
	}
	field = strings.TrimPrefix(strings.TrimSpace(field), "spec.")
	if !hasValue || field == "" {
		return answer{}, fmt.Errorf("--set is %q: give FIELD=VALUE, such as retention.transcriptDays=30", text)
	}
	return answer{strings.TrimSpace(draft), field, value}, nil
}

// String returns the answer as a value of --set without its value: `DRAFT:FIELD`.
func (a answer) String() string {
	if a.draft == "" {
		return a.field
	}
	return a.draft + ":" + a.field
}

// isFor reports whether the answer is for a draft.
func (a answer) isFor(form *starter.Form) bool {
	return a.draft == "" || a.draft == form.Name || a.draft == shortName(form)
}

// shortName returns the name of a draft without its namespace.
func shortName(form *starter.Form) string { return form.Name[strings.LastIndex(form.Name, "/")+1:] }

// nameForFlag returns the name by which --set can name one of the drafts: without its namespace, if no other draft has the name.
func nameForFlag(form *starter.Form, forms []*starter.Form) string {
	for _, other := range forms {
		if other != form && shortName(other) == shortName(form) {
			return form.Name
		}
	}
	return shortName(form)
}

// listNames returns the names of drafts as `a, b and c`.
func listNames(forms []*starter.Form) string {
	var names []string
	for _, form := range forms {
		names = append(names, form.Name)
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// listAnswers returns the answers of --jurisdiction, --sector and --set, those for one draft first: [] stands for items that still lack a
// field. The error joins an error for each flag that cannot be read.
func (i *initialize) listAnswers() ([]answer, error) {
	jurisdictions, sectors, err := readPlaceFlags(i.options.Policies, i.jurisdictions, i.sectors)
	problems := []error{err}
	var named, general []answer
	if len(jurisdictions) > 0 {
		general = append(general, answer{field: "jurisdictions", value: `["` + strings.Join(jurisdictions, `", "`) + `"]`})
	}
	if len(sectors) > 0 {
		general = append(general, answer{field: "sectors", value: `["` + strings.Join(sectors, `", "`) + `"]`})
	}
	for _, text := range i.answers {
		switch a, err := parseAnswer(text); {
		case err != nil:
			problems = append(problems, err)
		case a.draft != "":
			named = append(named, a)
		default:
			general = append(general, a)
		}
	}
	return slices.Concat(named, general), errors.Join(problems...)
}

// applyFlags sets the fields of --set, --jurisdiction and --sector in the forms. An answer for one draft goes before one for all. fields
// are the paths that a declaration can have. The error joins an error for each flag that no form can take.
func (i *initialize) applyFlags(forms []*starter.Form, fields []string) error {
	answers, err := i.listAnswers()
	if err != nil {
		return err
	}
	var problems []error
	var taken []takenAnswer
	for n, a := range answers {
		open := slices.DeleteFunc(slices.Clone(forms), func(form *starter.Form) bool {
			hasOwn := func(b answer) bool { return b.draft != "" && b.field == a.field && b.isFor(form) }
			return !a.isFor(form) || a.draft == "" && slices.ContainsFunc(answers[:n], hasOwn)
		})
		by, err := applyAnswer(a, open, forms, fields)
		problems = append(problems, err)
		taken = append(taken, takenAnswer{a, by})
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if len(forms) > 1 {
		writeTaken(i.options.Err, taken, forms)
	}
	return nil
}

// takenAnswer is an answer with the drafts in which it is set.
type takenAnswer struct {
	answer
	by []*starter.Form
}

// writeTaken writes which answers are set in which of several drafts, one line for those that are set in the same drafts.
func writeTaken(w io.Writer, taken []takenAnswer, forms []*starter.Form) {
	var order []string
	fields := map[string][]string{}
	for _, t := range taken {
		if len(t.by) == 0 { // Each draft has an answer of its own.
			continue
		}
		where := listNames(t.by)
		if len(t.by) == len(forms) {
			where = fmt.Sprintf("all %d drafts", len(forms))
		}
		if fields[where] == nil {
			order = append(order, where)
		}
		fields[where] = append(fields[where], t.field)
	}
	for _, where := range order {
		_, _ = fmt.Fprintf(w, "note: set in %s: %s\n", where, strings.Join(fields[where], ", "))
	}
}

// applyAnswer sets the field of an answer in those of the open forms that can take it, and returns these. all are all forms of the file.
// The error says why none can, or that the answer does not say which of several drafts it is for.
func applyAnswer(a answer, open, all []*starter.Form, fields []string) ([]*starter.Form, error) {
	if isNamed := slices.ContainsFunc(all, a.isFor); !isNamed {
		return nil, fmt.Errorf("--set %s: no draft of the file has the name %q: use one of %s", a, a.draft, listNames(all))
	}
	if !slices.ContainsFunc(fields, func(known string) bool { return matchesField(known, a.field) }) {
		return nil, fmt.Errorf("--set %s: a declaration has no such field: did you mean %s?", a, joinAlternatives(findNearestFields(a.field, fields)))
	}
	var taken []*starter.Form
	for _, form := range open {
		isTaken, err := form.Answer(a.field, a.value)
		if err != nil {
			return nil, fmt.Errorf("--set %s: %w", a, err)
		}
		if isTaken {
			taken = append(taken, form)
		}
	}
	switch isOfItem := itemIndex.MatchString(a.field); {
	case len(taken) == 0 && len(open) > 0:
		return nil, fmt.Errorf("--set %s: no draft has a place for it: an index is that of an item or the one after the last, "+
			"which adds an item, [] stands for the items that lack the field, and only a field that is there can be removed", a)
	case len(taken) > 1 && isOfItem:
		return nil, fmt.Errorf("--set %s: %s have a place for it, and an index means another item in each: name the draft, such as --set %s, "+
			"or write [] for all items that lack the field", a, listNames(taken), quoteArgument(nameForFlag(taken[0], all)+":"+a.field+"="+a.value))
	}
	return taken, nil
}

// itemIndex matches the index of an item in a field, such as `[0]`.
var itemIndex = regexp.MustCompile(`\[\d+\]`)

// matchesField reports whether a field is one of those that a known path stands for.
func matchesField(known, field string) bool {
	element := strings.Split(itemIndex.ReplaceAllString(field, "[]"), ".")
	return slices.EqualFunc(strings.Split(known, "."), element, func(known, element string) bool { return known == "*" || known == element })
}

// findNearestFields returns the known fields that someone may have meant: those that end in the field if its beginning was left out, or else
// the most similar ones.
func findNearestFields(field string, fields []string) []code {
	field = itemIndex.ReplaceAllString(field, "[]")
	var endings, all []code
	for _, known := range fields {
		if strings.HasSuffix(known, "."+field) {
			endings = append(endings, code{code: known})
		}
		all = append(all, code{code: known})
	}
	if len(endings) > 0 {
		return endings[:min(len(endings), maxSuggestions)]
	}
	return findNearest(field, all)
}
