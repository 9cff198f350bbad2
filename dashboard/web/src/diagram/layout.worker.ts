import { place, type LayoutRequest } from "./layout";

export interface LayoutJob {
  job: number;
  request: LayoutRequest;
}

self.onmessage = ({ data }: MessageEvent<LayoutJob>) => {
  self.postMessage({ job: data.job, positions: place(data.request) });
};
