package observe

import "slices"

// Merge returns the routes of several sidecars, with their counts added up, in the order of Summary.Routes.
func Merge(summaries []Summary) []RouteCounts {
	merged := map[Route]*RouteCounts{}
	for _, s := range summaries {
		for _, r := range s.Routes {
			to, isKnown := merged[r.Route]
			if !isKnown {
				to = &RouteCounts{Route: r.Route}
				merged[r.Route] = to
			}
			to.addCounts(r)
		}
	}
	list := make([]RouteCounts, 0, len(merged))
	for _, r := range merged {
		list = append(list, *r)
	}
	slices.SortFunc(list, compareRoutes)
	return list
}

// addCounts adds the counts of other.
func (r *RouteCounts) addCounts(other RouteCounts) {
	r.Exchanges += other.Exchanges
	r.Read += other.Read
	r.Unknown += other.Unknown
	r.Skipped += other.Skipped
	r.Unread += other.Unread
	r.Unmatched += other.Unmatched
	r.Disclosed += other.Disclosed
	for _, pair := range []struct {
		to   *map[string]int64
		from map[string]int64
	}{
		{&r.Fits, other.Fits}, {&r.Refused, other.Refused},
		{&r.FoundInRequests, other.FoundInRequests}, {&r.FoundInAnswers, other.FoundInAnswers},
	} {
		for name, n := range pair.from {
			increase(pair.to, name, n)
		}
	}
}
