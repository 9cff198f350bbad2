import { useState } from "react";
import { SectionTitle } from "@/components/ui/card";
import { Segmented } from "@/components/ui/segmented";
import type { Gravity } from "../api/queries";
import { ActivityFeed } from "./ActivityFeed";

/** Recent activity: all items, or only problems. */
export function Activity() {
  const [gravity, setGravity] = useState<Gravity>("all");
  return (
    <>
      <SectionTitle
        aside={
          <Segmented
            label="Which activity"
            value={gravity}
            onChange={setGravity}
            options={[
              { value: "all", label: "All" },
              { value: "warning", label: "Warnings" },
              { value: "error", label: "Errors" },
            ]}
          />
        }
      >
        Recent activity
      </SectionTitle>
      <ActivityFeed gravity={gravity} />
    </>
  );
}
