// What the doctor says of one thing:
//   ok     it is there
//   set-up set-up will get it by itself
//   less   a region runs without it, and lacks what `advice` says
//   open   nothing on this machine needs it, a deployment to AWS does
//   blocks `npm start` does not work before it is put right
export const finding = (state, name, found, advice = "") => ({ state, name, found, advice });
export const ok = (name, found) => finding("ok", name, found);
export const less = (name, found, advice) => finding("less", name, found, advice);
export const open = (name, found, advice) => finding("open", name, found, advice);
export const blocks = (name, found, advice) => finding("blocks", name, found, advice);
