package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The command that the demo prints for a node gives kubectl the image that the node has.
func TestPrintedCommandPutsTheImageIn(t *testing.T) {
	const sample = "../../config/samples/support.yaml"
	if got, want := (&stage{}).describeApply(sample), "kubectl apply -f "+sample; got != want {
		t.Errorf("without a node: %q, want %q", got, want)
	}
	reference := "local.test/chaperone/samplebot@sha256:" + strings.Repeat("a", 64)
	s := &stage{root: "../..", images: map[string]madeImage{"samplebot": {Reference: reference}}}
	command := s.describeApply(sample)
	edit, apply, isPipe := strings.Cut(command, " | ")
	if !isPipe || apply != "kubectl apply -f -" {
		t.Fatalf("the command is %q", command)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", edit)
	cmd.Stderr = os.Stderr
	got, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.readSample("config/samples/support.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want || !strings.Contains(want, reference) {
		t.Errorf("the command changes the sample in another way than the demo:\n%s", got)
	}
}

// A command that the demo prints gives the program, through a shell, the arguments that the demo gives it.
func TestPrintedCommandsCanBePasted(t *testing.T) {
	args := []string{"patch", "cbd", "a-b", "-p", `{"spec":{"suspended":true,"note":"it's $HOME"}}`, "--as=x", "-o", `jsonpath={.a[*]}`, "", "two words"}
	got, err := exec.CommandContext(t.Context(), "sh", "-c", "printf '%s\n' "+quoteForShell(args)).Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Join(args, "\n") + "\n"; string(got) != want {
		t.Errorf("a shell reads %q, want %q", got, want)
	}
	if got := quoteForShell([]string{"get", "cbd", "-n", "shop"}); got != "get cbd -n shop" {
		t.Errorf("quoted without need: %s", got)
	}
}
