package rulebook

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// listTopics returns the names of the topics of all rules, sorted.
func (b *Book) listTopics() []string {
	names := map[string]bool{}
	for i := range b.contents.Rules {
		names[topicOf(&b.contents.Rules[i])] = true
	}
	return sortedKeys(names)
}

// topicOf returns the topic of a rule: the part of its ID before the first dot.
func topicOf(r *bundle.Rule) string {
	topic, _, _ := strings.Cut(r.ID, ".")
	return topic
}

// listRules returns the rules of a topic, in the order of their IDs.
func (b *Book) listRules(topic string) []*bundle.Rule {
	var rules []*bundle.Rule
	for i := range b.contents.Rules {
		if topicOf(&b.contents.Rules[i]) == topic {
			rules = append(rules, &b.contents.Rules[i])
		}
	}
	return rules
}

// writeTopic writes a heading for the topic, and the description of each Rego package that belongs to it.
func (b *Book) writeTopic(out *strings.Builder, topic string) {
	fmt.Fprintf(out, "## %s\n\n", strings.ReplaceAll(topic, "_", " "))
	for _, name := range sortedKeys(b.contents.Topics) {
		if name == topic || strings.HasPrefix(name, topic+".") {
			fmt.Fprintf(out, "%s\n\n", b.contents.Topics[name].Description)
		}
	}
}

// formatIndex returns the page that lists all rules by topic.
func (b *Book) formatIndex() string {
	var out strings.Builder
	fmt.Fprintf(&out, "# Rules\n\n%d rules, by topic. A rule's id is its name in findings, messages and exceptions; it is never renamed. "+
		"[Retired rules](%s) keep theirs. [Coverage](../coverage.md) says which goal each serves, [crosswalk](../crosswalk.md) to which frameworks it is related.\n\n", len(b.contents.Rules), retiredRules)
	for _, topic := range b.listTopics() {
		b.writeTopic(&out, topic)
		rows := [][]string{{"rule", "what", "action", "set by", "group"}}
		for _, r := range b.listRules(topic) {
			setBy := "" // The number of places and sectors that set the rule's dimension.
			if r.Dimension != nil {
				setBy = fmt.Sprint(countPlaces(b.findStatements(r.ID)))
			}
			rows = append(rows, []string{fmt.Sprintf("[%s](%s.md)", r.ID, r.ID), summarize(r), r.Action, setBy, r.Group})
		}
		writeTable(&out, rows...)
	}
	return cutEmptyLine(out.String())
}

// formatCrosswalk returns the page that lists, for each rule, the parts of the frameworks to which it is related.
func (b *Book) formatCrosswalk() string {
	var out strings.Builder
	fmt.Fprintf(&out, "# Crosswalk\n\nTo which parts of the frameworks that people report against each rule is related. %s It comes from the METADATA of "+
		"the topic, or of the rule where that has its own.\n\n", frameworkNote)
	header := []string{"rule"}
	for _, f := range listFrameworks() {
		header = append(header, f.title)
	}
	rows := [][]string{header}
	for i := range b.contents.Rules {
		r := &b.contents.Rules[i]
		row := []string{fmt.Sprintf("[%s](rules/%s.md)", r.ID, r.ID)}
		for _, f := range listFrameworks() {
			row = append(row, strings.Join(r.Frameworks[f.key], ", "))
		}
		rows = append(rows, row)
	}
	writeTable(&out, rows...)
	return cutEmptyLine(out.String())
}

// formatPlaces returns the page that lists the jurisdictions and sectors, with the number of their points by confidence.
func (b *Book) formatPlaces() string {
	var out strings.Builder
	lawCounts, pointCounts := map[string]int{}, map[string]int{} // By kind of law, and by confidence.
	points := 0
	for i := range b.contents.Laws {
		lawCounts[b.contents.Laws[i].Kind]++
		for confidence, n := range countConfidences(&b.contents.Laws[i]) {
			pointCounts[confidence] += n
			points += n
		}
	}
	fmt.Fprintf(&out, "# Jurisdictions and sectors\n\n%d jurisdictions and %d sectors with %d legal points: %d sourced, %d recalled, %d default. It is "+
		"engineering material, not legal advice.\n\n%s\n\nThe points of a parent apply in its parts too. Each rule's [page](rules/README.md) "+
		"shows its points.\n\n", lawCounts["jurisdiction"], lawCounts["sector"], points,
		pointCounts["sourced"], pointCounts["recalled"], pointCounts["default"], confidenceNote)
	for _, kind := range []string{"jurisdiction", "sector"} {
		rows := [][]string{{"code", kind, "part of", "points", "sourced", "recalled", "default", "acts", "checked"}}
		for i := range b.contents.Laws {
			if l := &b.contents.Laws[i]; l.Kind == kind {
				byConfidence := countConfidences(l)
				rows = append(rows, []string{ // The folder of a kind is its plural, such as `sectors`.
					fmt.Sprintf("[%s](../policies/data/%ss/%s.yaml)", l.Code, kind, l.Code), l.Name, l.Parent, fmt.Sprint(len(l.Points)),
					fmt.Sprint(byConfidence["sourced"]), fmt.Sprint(byConfidence["recalled"]), fmt.Sprint(byConfidence["default"]), fmt.Sprint(l.ActCount), l.Checked,
				})
			}
		}
		writeTable(&out, rows...)
	}
	return cutEmptyLine(out.String())
}

// countConfidences returns the number of points of a law, by confidence.
func countConfidences(l *bundle.Law) map[string]int {
	counts := map[string]int{}
	for i := range l.Points {
		counts[l.Points[i].Confidence]++
	}
	return counts
}
