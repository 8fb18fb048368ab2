package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/client-go/kubernetes"
)

// writes counts successful writes by kind of object, as the API server counts them.
type writes map[string]int

var (
	writeLine = regexp.MustCompile(`^apiserver_request_total\{(.*)\} ([0-9.e+]+)$`)
	label     = regexp.MustCompile(`(\w+)="([^"]*)"`)
)

// ignoredResources are not objects, or every control plane and every manager writes them all the time: the lease of the leader, and what the
// API server keeps for itself.
func ignoredResources() []string {
	return []string{"leases", "flowschemas", "prioritylevelconfigurations", "subjectaccessreviews", "tokenreviews"}
}

// readWrites returns what was written since the start of the API server.
func (p *plane) readWrites(ctx context.Context) (writes, error) {
	clients, err := kubernetes.NewForConfig(p.config)
	if err != nil {
		return nil, err
	}
	data, err := clients.RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("read metrics of the API server: %w", err)
	}
	found := writes{}
	for line := range bytes.Lines(data) {
		match := writeLine.FindSubmatch(bytes.TrimSpace(line))
		if match == nil {
			continue
		}
		labels := map[string]string{}
		for _, pair := range label.FindAllSubmatch(match[1], -1) {
			labels[string(pair[1])] = string(pair[2])
		}
		if !isWrite(labels) {
			continue
		}
		n, err := strconv.ParseFloat(string(match[2]), 64)
		if err != nil {
			return nil, fmt.Errorf("read metrics of the API server: %w", err)
		}
		found[strings.TrimSuffix(labels["resource"]+"/"+labels["subresource"], "/")] += int(n)
	}
	return found, nil
}

// isWrite reports whether the metric with the labels counts successful writes.
func isWrite(labels map[string]string) bool {
	isAnswered := strings.HasPrefix(labels["code"], "2") && labels["dry_run"] == ""
	return isAnswered && slices.Contains([]string{"POST", "PUT", "PATCH", "APPLY", "DELETE"}, labels["verb"]) &&
		!slices.Contains(ignoredResources(), labels["resource"])
}

// since returns what was written after earlier.
func (w writes) since(earlier writes) writes {
	difference := writes{}
	for name, n := range w {
		if n > earlier[name] {
			difference[name] = n - earlier[name]
		}
	}
	return difference
}

func (w writes) total() int {
	total := 0
	for _, n := range w {
		total += n
	}
	return total
}

func (w writes) String() string {
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(w)) {
		texts = append(texts, fmt.Sprintf("%d %s", w[name], name))
	}
	return strings.Join(texts, ", ")
}
