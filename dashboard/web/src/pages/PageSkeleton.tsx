import { Skeleton } from "@/components/ui/card";

/** Outline of the page while its data loads. */
export function PageSkeleton() {
  return (
    <div role="status" className="space-y-5">
      <span className="sr-only">Loading</span>
      <Skeleton className="h-8 w-72" />
      <Skeleton className="h-16 rounded-xl" />
      <Skeleton className="h-[28rem] rounded-xl" />
    </div>
  );
}
