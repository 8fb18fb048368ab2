package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/internal/starter"
)

// openDraft is a draft with the questions that are left.
type openDraft struct {
	form      *starter.Form
	questions []starter.Question
}

// openQuestion is one question about one field or several, in one draft or several.
type openQuestion struct {
	starter.Question
	// answers are the examples as values of --set, each with what it is about, empty if nothing tells the fields apart.
	answers []openAnswer
	// fields are the fields without their indexes, each once, and drafts the names of the drafts.
	fields, drafts []string
}

// openAnswer is an example as a value of --set, and about what it is, such as a processor.
type openAnswer struct{ set, about string }

// refuseOpen writes all questions that are left, and the command that answers them with examples, and returns an error that says so. all are all
// forms of the file.
func (i *initialize) refuseOpen(open []openDraft, all []*starter.Form) error {
	questions := gatherQuestions(open, all)
	var b strings.Builder
	var blanks, required []openQuestion
	for _, q := range questions {
		if q.Finding == nil {
			blanks = append(blanks, q)
		} else {
			required = append(required, q)
		}
	}
	writeSection(&b, "What only people can answer. The values show how to write an answer.", blanks, len(all))
	writeSection(&b, "What the law requires besides, if the answers above are as shown.", required, len(all))
	var names []*starter.Form
	for _, draft := range open {
		names = append(names, draft.form)
	}
	problem := fmt.Errorf("%s: questions are left: %d; replace the examples of the command above with what is true, and run it", listNames(names), len(questions))
	if slices.ContainsFunc(questions, func(q openQuestion) bool { return q.Example == "" }) {
		problem = fmt.Errorf("%s: questions are left: %d; not all of them have an example that would pass, so answer those that are left with --set",
			listNames(names), len(questions))
	}
	b.WriteString("All answers at once, to replace with what is true:\n\n  " + strings.Join(i.listArguments(questions), " \\\n    ") + "\n\n")
	if i.from != "-" {
		b.WriteString("On a terminal, `kubectl chaperone init --from " + quoteArgument(i.from) + "` asks one question after the other.\n")
	}
	_, _ = fmt.Fprint(i.options.Err, b.String())
	return problem
}

// gatherQuestions returns the questions of the drafts, those with the same text as one.
func gatherQuestions(open []openDraft, all []*starter.Form) []openQuestion {
	var gathered []openQuestion
	for _, draft := range open {
		for _, q := range draft.questions {
			n := slices.IndexFunc(gathered, func(known openQuestion) bool { return describeQuestion(known.Question) == describeQuestion(q) })
			if n < 0 {
				gathered = append(gathered, openQuestion{Question: q})
				n = len(gathered) - 1
			}
			gathered[n].add(q, draft.form, open, all)
		}
	}
	return gathered
}

// add adds a question about a draft that has the same text.
func (o *openQuestion) add(q starter.Question, form *starter.Form, open []openDraft, all []*starter.Form) {
	if field := itemIndex.ReplaceAllString(q.Field, "[]"); !slices.Contains(o.fields, field) {
		o.fields = append(o.fields, field)
	}
	if !slices.Contains(o.drafts, form.Name) {
		o.drafts = append(o.drafts, form.Name)
	}
	if q.Example == "" {
		return
	}
	set := q.Field + "=" + q.Example
	if !isForAll(q, open, all) {
		set = nameForFlag(form, all) + ":" + set
	}
	if added := (openAnswer{set, q.Item}); !slices.Contains(o.answers, added) {
		o.answers = append(o.answers, added)
	}
}

// isForAll reports whether an answer of a question means the same in all drafts of the file, and is an answer in all of them: its field has
// no index, and each draft has the question with the same example.
func isForAll(q starter.Question, open []openDraft, all []*starter.Form) bool {
	if len(all) == 1 {
		return true
	}
	asks := func(d openDraft) bool {
		return slices.ContainsFunc(d.questions, func(other starter.Question) bool { return other.Field == q.Field && other.Example == q.Example })
	}
	isOpenInAll := len(open) == len(all) && !slices.ContainsFunc(open, func(d openDraft) bool { return !asks(d) })
	return isOpenInAll && !itemIndex.MatchString(q.Field)
}

// describeQuestion returns what a question asks, and which values the field takes unless it takes any text.
func describeQuestion(q starter.Question) string {
	text := strings.TrimSuffix(q.Text, ".")
	if q.Finding != nil {
		text = strings.TrimSuffix(report.Full(*q.Finding), ".")
	}
	if slices.Contains([]string{"", "a text", "any value"}, q.Allowed) || strings.HasSuffix(text, q.Allowed) {
		return text + "."
	}
	return text + ". The value is " + q.Allowed + "."
}

// writeSection writes questions under a heading; nothing if there are none. drafts is the number of drafts in the file.
func writeSection(b *strings.Builder, heading string, questions []openQuestion, drafts int) {
	if len(questions) == 0 {
		return
	}
	report.WriteParagraph(b, "", heading)
	b.WriteString("\n")
	for _, q := range questions {
		report.WriteParagraph(b, "- ", q.describeFields(drafts)+": "+describeQuestion(q.Question))
		for _, a := range q.answers {
			line := "    --set " + quoteArgument(a.set)
			if a.about != "" {
				line += "  # " + report.Plain(a.about, maxErrorRunes)
			}
			b.WriteString(line + "\n")
		}
		b.WriteString("\n")
	}
}

// describeFields returns the fields of the question, and, if the file has several drafts, in which of them.
func (o *openQuestion) describeFields(drafts int) string {
	text := "spec." + strings.Join(o.fields, ", spec.")
	switch {
	case drafts == 1:
		return text
	case drafts == len(o.drafts):
		return fmt.Sprintf("%s in all %d drafts", text, drafts)
	}
	return text + " in " + strings.Join(o.drafts, ", ")
}

// listArguments returns the command line that answers the questions with their examples, after the flags that were given, as one text for each
// flag with its value.
func (i *initialize) listArguments(questions []openQuestion) []string {
	lines := []string{"kubectl chaperone init --from " + quoteArgument(i.from)}
	add := func(flag string, values ...string) {
		for _, value := range values {
			lines = append(lines, flag+" "+quoteArgument(value))
		}
	}
	if i.asOf != "" {
		add("--as-of", i.asOf)
	}
	add("--jurisdiction", i.jurisdictions...)
	add("--sector", i.sectors...)
	add("--set", i.answers...)
	for _, q := range questions {
		for _, a := range q.answers {
			add("--set", a.set)
		}
	}
	return lines
}

// isPlainArgument matches arguments that a shell takes as they are.
var isPlainArgument = regexp.MustCompile(`^[A-Za-z0-9_./:=@,+-]+$`)

// quoteArgument returns an argument as a POSIX shell reads it.
func quoteArgument(text string) string {
	if isPlainArgument.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
